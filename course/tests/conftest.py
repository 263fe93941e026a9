"""What the tool's tests need of the process that runs them."""

import signal


def pytest_configure() -> None:
    """Let Ctrl-C reach the commands that the tests start.

    A shell that puts pytest in the background has it ignore SIGINT, and so would its children.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
