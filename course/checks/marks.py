"""Where a promise can be checked. The only module that a suite needs pytest for."""

from __future__ import annotations

import sys

import pytest

linux_only = pytest.mark.skipif(
    sys.platform != "linux", reason="shows what the Linux kernel does; other systems differ here"
)
