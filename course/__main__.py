"""`python3 -m course`: the learner's tool. Every Python can read this file, however old."""

import os
import sys

OLDEST = (3, 10)
IS_NEW_ENOUGH = "import sys; sys.exit(sys.version_info < {})".format(OLDEST)


def main():  # type: () -> int
    """Run the command line where everything is installed, and return its exit status."""
    if sys.version_info < OLDEST:
        sys.stderr.write(explain_old_python())
        return 1
    from course.model.errors import CourseError

    try:
        from course.setup.bootstrap import ensure

        ensure()
        from course.cli import main as run

        return run(sys.argv[1:])
    except CourseError as error:
        sys.stderr.write("course: {}\n".format(error))
        return error.status
    except OSError as error:
        sys.stderr.write("course: {}.\n".format(error.strerror or error))
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # Python writes what is left when it ends
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("\nStopped.\n")
        return 130


def explain_old_python():  # type: () -> str
    """Say in one line what this is, what it needs, and which command to run instead."""
    words = "course: From Socket to Framework needs Python {}.{} or newer; this is {}.{}. {}\n"
    return words.format(*(OLDEST + sys.version_info[:2] + (advice(newer_pythons()),)))


def advice(commands):  # type: (list[str]) -> str
    """Name the command to run, given those on PATH that start a newer Python, newest first."""
    if not commands:
        return "Install a newer one, then run: python3 -m course"
    others = " (or {})".format(", ".join(commands[1:])) if commands[1:] else ""
    return "Try: {} -m course{}".format(commands[0], others)


def newer_pythons():  # type: () -> list[str]
    """List the commands on PATH that start a Python which is new enough, newest first."""
    numbered = ["python3.{}".format(minor) for minor in range(20, OLDEST[1] - 1, -1)]
    return [name for name in numbered if works(name)] or [n for n in ["python3"] if works(n)]


def works(name):  # type: (str) -> bool
    """Try whether this command starts a new Python: a version manager's stub may start none."""
    import subprocess

    with open(os.devnull, "w") as nowhere:
        try:
            status = subprocess.call([name, "-c", IS_NEW_ENOUGH], stdout=nowhere, stderr=nowhere)
        except OSError:
            return False
    return status == 0


if __name__ == "__main__":
    sys.exit(main())
