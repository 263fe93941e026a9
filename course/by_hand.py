"""What each chapter's program needs to be run by hand: `python3 -m chapters.ch01_echo --port 0`."""

from __future__ import annotations

import argparse
import errno
import sys
import time
from collections.abc import Callable, Mapping, Sequence

IN_USE = (
    " If you stopped a server there less than a minute ago, its last connections still hold the"
    " port (the chapter closing says why). Wait, or choose another port with --port."
)


class CannotRun(Exception):
    """Why a program cannot run, in one line."""


def by_hand(
    serve: Callable[..., None],
    description: str,
    arguments: Sequence[str] | None = None,
    *,
    loop: bool = False,
    texts: Mapping[str, str] | None = None,
) -> int:
    """Parse `--host` and `--port`, call `serve(host, port)`, and stop cleanly on Ctrl-C.

    With `loop`, there is an option `--loop` as well: call `serve(host, port, on_loop)`. `texts` are the
    names of further options, each with its help: serve() gets the texts as keyword arguments.

    Returns the exit status: 0, or 1 after one line that says why the program could not run.
    Raises RuntimeError if the calling file is imported instead of run.
    """
    if arguments is None and sys._getframe(1).f_globals.get("__name__") != "__main__":
        raise RuntimeError('by_hand() belongs below `if __name__ == "__main__":`')
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    parser.add_argument("--port", default=8000, type=port, help="0: any free one (%(default)s)")
    if loop:
        parser.add_argument(
            "--loop", action="store_true", help="serve on an event loop, not threads"
        )
    for name, text in (texts or {}).items():
        parser.add_argument(f"--{name}", default="", help=text)
    options = parser.parse_args(arguments)
    given = {name: getattr(options, name) for name in texts or {}}
    try:
        serve(options.host, options.port, *([options.loop] if loop else []), **given)
    except KeyboardInterrupt:
        print()
    except NotImplementedError as missing:
        return fail(f"this program needs code that you have not written yet: {missing}.")
    except CannotRun as error:
        return fail(str(error))
    except OSError as error:
        advice = IN_USE if error.errno == errno.EADDRINUSE else ""
        return fail(f"{options.host} port {options.port}: {error.strerror or error}.{advice}")
    print("Stopped.")
    return 0


def announce(address: tuple[str, int]) -> None:
    """Print the address to connect to."""
    host, port = address
    print(f"Listening on {host}:{port}", flush=True)


def wait_for_ctrl_c(*, several: bool = False) -> None:
    """Block the main thread until Ctrl-C, on every system, while other threads serve.

    `several` says that they may be serving several clients.
    """
    served = "current clients have" if several else "current client has"
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        print(f"\nStopping when the {served} been served. Press Ctrl-C again to stop at once.")


def port(text: str) -> int:
    """Read a port, for argparse."""
    if not (text.isascii() and text.isdigit() and int(text) <= 65535):
        raise argparse.ArgumentTypeError(f"{text!r} is not a port: use a number from 0 to 65535")
    return int(text)


def fail(reason: str) -> int:
    """Print why the program could not run, and return its exit status."""
    print(reason, file=sys.stderr)
    return 1
