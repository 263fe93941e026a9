"""Tests of the tool itself; the promises of the chapters stand in tests/."""
