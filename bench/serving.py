"""What runs in the process of a server: `python -m bench.serving MODULE FUNCTION …`."""

from __future__ import annotations

import os
import signal
import sys
import threading
from importlib import import_module
from typing import cast

from bench.subjects import Serve


def main(module: str, function: str, package: str, capacity: str, core: str) -> None:
    """Serve, on one core if `core` is a number, until the process is ended or its parent is gone.

    The port is the only line on standard output. Ctrl-C is the parent's affair.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    if core:
        os.sched_setaffinity(0, {int(core)})
    serve = cast(Serve, getattr(import_module(module), function))
    serve(package, int(capacity), lambda port: print(port, flush=True))


def _end_with_parent() -> None:
    os.read(0, 1)  # the parent holds the other end of this pipe and never writes
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
