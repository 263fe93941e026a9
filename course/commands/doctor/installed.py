"""What is installed: Python, the packages, Jupyter's kernel, git."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import shutil
import subprocess
import sys

from course.commands.doctor.findings import DEADLINE, Finding
from course.model.chapters import ROOT
from course.setup import venv

REQUIREMENTS = ROOT / "requirements.txt"


def python() -> Finding:
    """Name the interpreter; one that is too old does not come this far."""
    return Finding("OK", f"{sys.version.split()[0]}, {sys.executable}")


def environment() -> Finding:
    """Check that packages come from a virtual environment, and what became of the course's own."""
    made_in = venv.read_mark().get("folder")
    if venv.is_running():
        return Finding("OK", ".venv, the course's own")
    if made_in and not venv.is_at(made_in):
        return Finding(
            "warn",
            f".venv was made in {made_in}, and does not work here",
            "Delete the folder .venv. Where packages are missing, python3 -m course makes a new one.",
        )
    if sys.prefix != sys.base_prefix:
        return Finding("OK", sys.prefix)
    if importlib.util.find_spec("ensurepip") is None:
        return Finding(
            "warn",
            "none, and this Python cannot make one",
            f"Run: sudo apt install python3-venv python{venv.RUNNING_VERSION}-venv",
        )
    return Finding("warn", "none: packages come from the Python above, for all your projects")


def packages() -> Finding:
    """Check every package of requirements.txt against its range."""
    lines = requirements()
    if problems := [problem for line in lines if (problem := package_problem(line))]:
        again = "Delete the folder .venv, then run: python3 -m course"
        yours = "Run: python3 -m pip install -r requirements.txt"
        return Finding("FAIL", "; ".join(problems), again if venv.is_running() else yours)
    return Finding("OK", f"{len(lines)} of requirements.txt, each in its range")


def requirements() -> list[str]:
    """Read the requirements, one a line, without their comments."""
    lines = REQUIREMENTS.read_text(encoding="utf-8").splitlines()
    return [entry for line in lines if (entry := line.partition("#")[0].strip())]


def package_problem(line: str) -> str:
    """Say what is wrong with the package that a requirement asks for; nothing when it is right."""
    from packaging.requirements import Requirement

    requirement = Requirement(line)
    try:
        version = importlib.metadata.version(requirement.name)
    except importlib.metadata.PackageNotFoundError:
        return f"{requirement.name} is not installed"
    if requirement.specifier.contains(version, prereleases=True):
        return ""
    return f"{requirement.name} {version} is not {requirement.specifier}"


def jupyter_kernel() -> Finding:
    """Check that the kernel named python3 runs this Python."""
    if importlib.util.find_spec("jupyter_client") is None:
        return Finding("FAIL", "Jupyter is not installed", "Run: python3 -m course")
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    try:
        program = KernelSpecManager().get_kernel_spec("python3").argv[0]
    except NoSuchKernel:
        return Finding("FAIL", "no kernel is named python3", "Run: python3 -m course")
    if program == sys.executable or program in ("python", "python3"):
        return Finding("OK", "python3 runs this Python")
    return Finding(
        "FAIL",
        f"python3 runs {program}, which has other packages",
        "Run: jupyter kernelspec remove python3",
    )


def git() -> Finding:
    """See whether git is there to keep your answers' history."""
    command = shutil.which("git")
    if command is None:
        return Finding("warn", "not found", "Install git to keep the history of your answers.")
    answer = subprocess.run(
        [command, "--version"], capture_output=True, text=True, timeout=DEADLINE, check=False
    )
    return Finding("OK", answer.stdout.strip())
