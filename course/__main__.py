"""`python3 -m course`: the learner's tool. Every Python can read this file, however old."""

import os
import sys

if not __package__:  # `python3 course`, or an editor that runs this file
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

from course import OLDEST, TITLE


def main():  # type: () -> int
    """Run the command line where everything is installed, and return its exit status."""
    if sys.version_info < OLDEST:
        sys.stderr.write(explain_old_python())
        return 1
    from course.model.errors import CourseError

    try:
        from course.setup import bootstrap, guards

        guards.check()
        bootstrap.ensure()
        from course.cli import main as run

        return run(sys.argv[1:])
    except CourseError as error:
        sys.stderr.write("course: {}\n".format(error))
        return error.status
    except OSError as error:
        where = "{}: ".format(error.filename) if error.filename else ""
        sys.stderr.write("course: {}{}.\n".format(where, error.strerror or error))
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # Python writes what is left when it ends
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("\nStopped.\n")
        return 130


def explain_old_python():  # type: () -> str
    """Say in one line what the course needs, and what to do about it."""
    needed, running = [".".join(map(str, v[:2])) for v in (OLDEST, sys.version_info)]
    words = "course: {} needs Python {} or newer; this is {}. {}\n"
    return words.format(TITLE, needed, running, advice())


def advice():  # type: () -> str
    """Name a command that starts a newer Python, if there is one."""
    if "COURSE_RESTARTED" in os.environ:
        return "Rename or delete the folder .venv, then run the same command again."
    for name in ["python3.{}".format(n) for n in range(20, OLDEST[1] - 1, -1)] + ["python3"]:
        if is_new_enough(name):
            return "Try: {} -m course".format(name)
    return "Install a newer one, then run: python3 -m course"


def is_new_enough(name):  # type: (str) -> bool
    """Try whether this command starts a new Python: a version manager's stub may start none."""
    import subprocess

    code = "import sys; sys.exit(sys.version_info < {})".format(OLDEST)
    with open(os.devnull, "w") as nowhere:
        try:
            return subprocess.call([name, "-c", code], stdout=nowhere, stderr=nowhere) == 0
        except OSError:
            return False


if __name__ == "__main__":
    sys.exit(main())
