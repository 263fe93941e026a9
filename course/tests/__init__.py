"""Tests of the tool itself; the promises of the chapters are in tests/."""
