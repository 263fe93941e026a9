"""Grades a folder of submissions, each in a copy and a process of its own. No sandbox: see docs/."""
