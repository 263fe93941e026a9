"""Whether somebody looks at this notebook in a browser or an editor, and can use widgets there."""

from __future__ import annotations

import os

from course.model.guesses import REHEARSAL

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
NOTEBOOKS = ("JPY_SESSION_NAME", "VSCODE_PID")  # set for the kernel of a notebook that is looked at


def has_widgets() -> bool:
    """Tell whether this is the kernel of a notebook in a browser or an editor, with ipywidgets."""
    if REHEARSAL in os.environ or not any(name in os.environ for name in NOTEBOOKS):
        return False
    try:
        import ipywidgets  # noqa: F401
        from IPython import get_ipython
    except ImportError:
        return False
    return hasattr(get_ipython(), "kernel")


def is_jupyter() -> bool:
    """Tell whether this is the kernel of a notebook in JupyterLab."""
    return "JPY_SESSION_NAME" in os.environ
