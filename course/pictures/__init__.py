"""Pictures from the real thing: what sockets did, what the kernel holds, what went over the wire.

Each picture is a value. It shows itself as text in a terminal and as SVG in a notebook.
"""

from .cuts import Cuts, cuts
from .diagram import StateDiagram, state_diagram
from .hexview import HexView, hexview
from .ladder import Ladder, record
from .onion import Onion, onion
from .packet_ladder import Capture, read_capture
from .pipe import Film, pipe
from .readings import Readings, readings
from .states import States, states
from .table import KernelTable, kernel_table
from .tree import TreeWalk, tree_walk

__all__ = [
    "Capture",
    "Cuts",
    "Film",
    "HexView",
    "KernelTable",
    "Ladder",
    "Onion",
    "Readings",
    "StateDiagram",
    "States",
    "TreeWalk",
    "cuts",
    "hexview",
    "kernel_table",
    "onion",
    "pipe",
    "read_capture",
    "readings",
    "record",
    "state_diagram",
    "states",
    "tree_walk",
]
