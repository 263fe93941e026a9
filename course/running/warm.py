"""Processes that check answers. Where there is fork, they come from one that has all imported."""

from __future__ import annotations

import multiprocessing
import sys

from _pytest.config import default_plugins

ENGINE = ["hypothesis.strategies", *(f"_pytest.{plugin}" for plugin in default_plugins)]
if sys.platform == "win32":
    CONTEXT = multiprocessing.get_context("spawn")
else:
    CONTEXT = multiprocessing.get_context("forkserver")


def preload(*modules: str) -> None:
    """Have these modules, and all that a suite needs, imported before a process is forked."""
    if sys.platform != "win32":
        CONTEXT.set_forkserver_preload([*modules, *ENGINE])
