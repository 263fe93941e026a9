"""Says how to run a chapter, when its file is run by itself: only then is this module found."""

import sys
from pathlib import Path

if __name__ == "course":
    run = Path(__file__).with_name(Path(sys.argv[0]).name)
    name = run.stem if run.exists() else "ch01_echo"
    sys.exit(f"Run this in the course's folder: python3 -m {run.parent.name}.{name}")
