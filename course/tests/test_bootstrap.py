"""The first run: what is installed, what is repaired, and what is said when neither can be done.

Each test works on a copy of the tool in a folder of its own, with a stand-in for uv that makes real
virtual environments and puts one tiny distribution into them: no network, no pip.
"""

import io
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from course.model.errors import CourseError
from course.setup import bootstrap, installation, venv
from course.setup.installation_progress import Progress, Screen

TOOL = Path(bootstrap.__file__).parent
MODULES = (
    "__init__",
    "__main__",
    "bootstrap",
    "errors",
    "installation",
    "installation_progress",
    "venv",
)
BASE = Path(installation.BASE_PYTHON)

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the stand-in for uv is a script")

STAND_IN_UV = """#!{python}
import os, pathlib, subprocess, sys, time
command, arguments = sys.argv[1], sys.argv[2:]
print("Resolved 1 package in 1ms", flush=True)
with open(os.environ["CALLS"], "a") as calls:
    calls.write(" ".join(sys.argv[1:]) + "\\n")
if command == "venv":
    python, folder = arguments[1], arguments[-1]
    sys.exit(subprocess.call([python, "-m", "venv", "--without-pip", folder]))
deadline = time.monotonic() + 15
while "HOLD" in os.environ and os.path.exists(os.environ["HOLD"]) and time.monotonic() < deadline:
    time.sleep(0.02)
if "FAILURE" in os.environ:
    sys.exit(os.environ["FAILURE"])
if "USELESS" not in os.environ:
    [packages] = (pathlib.Path(sys.argv[4]).parent.parent / "lib").glob("python*/site-packages")
    (packages / "tiny_package-1.0.dist-info").mkdir(exist_ok=True)
print("Installed 1 package in 1ms")
"""
STAND_IN_CLI = """import sys
def main(arguments):
    print("ran", *arguments, "in", sys.prefix)
    return 7
"""


class Copy:
    """A copy of the tool in a folder of its own, and the ways to run it."""

    def __init__(self, folder: Path):
        self.root = folder / "my course"
        self.venv = self.root / ".venv"
        self.mark = self.venv / "course-installed.txt"
        self.calls = folder / "calls"
        (self.root / "course").mkdir(parents=True)
        for name in MODULES:
            shutil.copy(TOOL / f"{name}.py", self.root / "course")
        (self.root / "course" / "cli.py").write_text(STAND_IN_CLI)
        self.require("tiny-package>=1  # a comment\n")
        self.bin = folder / "bin"
        self.bin.mkdir()
        (self.bin / "uv").write_text(STAND_IN_UV.format(python=BASE))
        (self.bin / "uv").chmod(0o755)

    def require(self, text: str) -> None:
        (self.root / "requirements.txt").write_text(text)

    def start(self, python: Path = BASE, **variables: str) -> subprocess.Popen[str]:
        path = os.pathsep.join([str(self.bin), os.environ["PATH"]])
        return subprocess.Popen(
            [python, "-m", "course", "status", "--all"],
            cwd=self.root,
            env={**os.environ, "PATH": path, "CALLS": str(self.calls), **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, python: Path = BASE, **variables: str) -> tuple[int, str, str]:
        process = self.start(python, **variables)
        out, err = process.communicate(timeout=20)
        assert "Traceback" not in err, err
        return process.returncode, out.strip(), err.strip()

    def start_and_hold(self) -> tuple[subprocess.Popen[str], Path]:
        """Start a run whose installer waits until the returned file is gone."""
        hold = self.root.parent / "hold"
        hold.touch()
        process = self.start(HOLD=str(hold))
        while self.commands() != ["venv", "pip"]:
            assert process.poll() is None
        return process, hold

    def commands(self) -> list[str]:
        lines = self.calls.read_text().splitlines() if self.calls.exists() else []
        return [line.split()[0] for line in lines]

    def ran(self) -> tuple[int, str]:
        return 7, f"ran status --all in {self.venv}"


@pytest.fixture
def copy(tmp_path):
    return Copy(tmp_path)


@pytest.fixture
def installed(copy):
    assert copy.run()[:2] == copy.ran()
    copy.calls.unlink()
    return copy


def test_a_python_that_has_everything_is_used_as_it_is(copy):
    copy.require("pytest>=8\n")
    status, out, err = copy.run(Path(sys.executable))
    assert (status, out, err) == (7, f"ran status --all in {sys.prefix}", "")
    assert not copy.venv.exists()
    assert copy.commands() == []


def test_the_way_through_imports_nothing_heavy(copy):
    copy.require("pytest>=8\n")
    code = (
        "import sys; before = set(sys.modules); import course.setup.bootstrap as b; b.ensure();"
        "print(*sorted(set(sys.modules) - before))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], cwd=copy.root, capture_output=True, text=True, check=True
    )
    heavy = {"dataclasses", "hashlib", "importlib.metadata", "json", "subprocess", "typing"}
    heavy |= {"course.setup.installation", "course.setup.installation_progress"}
    assert {"course.setup.bootstrap"} == ({"course.setup.bootstrap"} | heavy) & set(
        answer.stdout.split()
    )


def test_the_first_run_installs_and_starts_the_same_command_in_venv(copy):
    status, out, err = copy.run()
    assert (status, out) == copy.ran()
    assert copy.commands() == ["venv", "pip"]
    first, *_, last = err.splitlines()
    assert first == bootstrap.NEW
    assert last.startswith("Installed 1 package in ")
    assert "$ " in (copy.venv / "install.log").read_text()


def test_the_second_run_installs_nothing_and_says_nothing(installed):
    assert installed.run() == (*installed.ran(), "")
    assert installed.commands() == []


def test_an_installation_stopped_by_ctrl_c_is_noticed_and_made_again(copy):
    process, _ = copy.start_and_hold()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=10)
    assert process.returncode == 130
    assert out == ""
    assert err.splitlines()[1:] == [
        "course: stopped. To finish the installation, run the same command again."
    ]
    status, out, err = copy.run()
    assert (status, out) == copy.ran()
    assert err.splitlines()[0] == bootstrap.UNFINISHED


def test_a_changed_list_of_packages_is_brought_up_to_date(installed):
    installed.require("tiny-package>=1\n# and a new line\n")
    status, out, err = installed.run()
    assert (status, out) == installed.ran()
    assert err.splitlines()[0] == bootstrap.CHANGED
    assert installed.commands() == ["pip"]
    assert installed.calls.read_text().endswith(" --upgrade\n")
    assert installed.run()[2] == ""


def test_an_update_that_fails_leaves_the_packages_from_before_in_use(installed):
    installed.require("tiny-package>=1\n# and a new line\n")
    status, out, err = installed.run(FAILURE="error sending request")
    assert (status, out) == installed.ran()
    assert "check your network" in err
    assert "still work" in err


def test_a_venv_copied_from_another_folder_is_made_again(installed, tmp_path):
    elsewhere = Copy(tmp_path / "elsewhere")
    shutil.copytree(installed.venv, elsewhere.venv, symlinks=True)
    status, out, err = elsewhere.run()
    assert (status, out) == elsewhere.ran()
    assert err.splitlines()[0] == bootstrap.MOVED


def test_a_venv_whose_python_is_gone_is_made_again(installed):
    for link in (installed.venv / "bin").glob("python*"):
        link.unlink()
        link.symlink_to("/nowhere/python")
    status, out, err = installed.run()
    assert (status, out) == installed.ran()
    assert err.splitlines()[0] == bootstrap.GONE


def test_a_venv_of_another_python_version_is_made_again(installed):
    installed.mark.write_text(installed.mark.read_text().replace("python 3.", "python 2."))
    status, out, err = installed.run()
    assert (status, out) == installed.ran()
    assert err.splitlines()[0] == bootstrap.GONE


def test_a_package_taken_out_of_venv_comes_back(installed):
    [package] = installed.venv.glob("lib/python*/site-packages/tiny_package*")
    package.rmdir()
    status, out, err = installed.run()
    assert (status, out) == installed.ran()
    assert err.splitlines()[0] == bootstrap.MISSING


def test_a_venv_that_you_made_is_completed_and_never_deleted(copy, tmp_path):
    subprocess.run([BASE, "-m", "venv", "--without-pip", copy.venv], check=True)
    yours = copy.venv / "yours.txt"
    yours.touch()
    status, out, err = copy.run()
    assert (status, out) == copy.ran()
    assert err.splitlines()[0] == bootstrap.MISSING
    assert copy.commands() == ["pip"]
    moved = Copy(tmp_path / "elsewhere")
    shutil.copytree(copy.venv, moved.venv, symlinks=True)
    assert moved.run()[0] == 7
    assert (moved.venv / "yours.txt").exists()


def test_your_folder_that_is_no_virtual_environment_is_left_alone(copy):
    copy.venv.mkdir()
    (copy.venv / "yours.txt").touch()
    status, _, err = copy.run()
    assert status == 1
    assert "is not a virtual environment. Rename it or delete it" in err
    assert [entry.name for entry in copy.venv.iterdir()] == ["yours.txt"]


def test_your_venv_of_an_old_python_is_named_and_left_alone(copy):
    (copy.venv / "bin").mkdir(parents=True)
    (copy.venv / "bin" / "python").symlink_to(BASE)
    (copy.venv / "pyvenv.cfg").write_text(f"home = {BASE.parent}\nversion = 3.8.1\n")
    status, _, err = copy.run()
    assert status == 1
    assert "holds Python 3.8.1" in err
    assert copy.commands() == []


def test_two_runs_at_once_install_once(copy):
    first, hold = copy.start_and_hold()
    second = copy.start()
    assert second.stderr.readline().startswith("Another run is installing")
    hold.unlink()
    assert [second.wait(timeout=20), first.wait(timeout=20)] == [7, 7]
    assert copy.commands() == ["venv", "pip"]
    second.communicate()
    first.communicate()


def test_an_installer_that_outlives_its_run_still_holds_the_lock(copy):
    first, hold = copy.start_and_hold()
    first.kill()
    first.wait()
    second = copy.start()
    assert second.stderr.readline().startswith("Another run is installing")
    hold.unlink()
    out, err = second.communicate(timeout=20)
    assert (second.returncode, out.strip()) == copy.ran()
    assert err.splitlines()[0] == bootstrap.UNFINISHED
    first.communicate()


def test_an_installation_that_brings_nothing_does_not_run_for_ever(copy):
    status, out, err = copy.run(USELESS="yes")
    assert (status, out) == (1, "")
    assert "does not find them" in err.splitlines()[-1]
    assert copy.commands() == ["venv", "pip"]


@pytest.mark.parametrize(
    ("failure", "advice"),
    [
        ("error sending request for url", "check your network"),
        ("OSError: [Errno 28] No space left on device", "The disk is full"),
        ("error: Read-only file system", "cannot be written"),
        ("invalid peer certificate: UnknownIssuer", "certificate"),
        ("ERROR: 42 is not a version", "ERROR: 42 is not a version"),
    ],
)
def test_a_failure_is_one_line_with_what_to_do_and_the_log(copy, failure, advice):
    status, out, err = copy.run(FAILURE=failure)
    assert (status, out) == (1, "")
    [_, line] = err.splitlines()
    assert line.startswith("course: ")
    assert advice in line
    log = Path(line.rpartition("The log: ")[2])
    assert failure in log.read_text()


def test_a_folder_that_cannot_be_written_is_one_line(copy):
    (copy.root / ".course").touch()
    status, _, err = copy.run()
    assert status == 1
    assert len(err.splitlines()) == 1


def test_a_log_that_cannot_lie_in_venv_lies_among_the_temporary_files(monkeypatch, tmp_path):
    monkeypatch.setattr(installation, "LOG", str(tmp_path / "no such folder" / "install.log"))
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path))
    assert installation._Commands(lock=0)._store() == str(tmp_path / "course-install.log")


def stand_in_python(folder: Path, pip: str) -> str:
    script = folder / "python"
    script.write_text(f"#!/bin/sh\necho '{pip}'\n")
    script.chmod(0o755)
    return str(script)


@pytest.fixture
def without_ensurepip(monkeypatch, tmp_path):
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    monkeypatch.setattr(venv, "package_folders", list)
    return lambda pip: monkeypatch.setattr(
        installation, "BASE_PYTHON", stand_in_python(tmp_path, pip)
    )


def test_without_ensurepip_the_pip_outside_installs_into_venv(without_ensurepip):
    without_ensurepip("pip 22.3 from somewhere")
    command = installation._install_command(None, installation._Commands(lock=0))
    assert command[1:] == ["-m", "pip", "--python", venv.PYTHON, "install"]


@pytest.mark.parametrize("pip", ["pip 22.2.9 from somewhere", ""])
def test_without_ensurepip_and_a_new_pip_the_package_to_install_is_named(without_ensurepip, pip):
    without_ensurepip(pip)
    with pytest.raises(CourseError, match=r"sudo apt install python3-venv python3\.\d+-venv"):
        installation._install_command(None, installation._Commands(lock=0))


def test_nothing_sends_packages_past_venv(monkeypatch):
    monkeypatch.setenv("PIP_TARGET", "/elsewhere")
    monkeypatch.setenv("PIP_USER", "1")
    environment = installation._own_environment()
    assert "PIP_TARGET" not in environment
    assert environment["PIP_USER"] == "0"


def test_the_maintainers_tools_go_only_into_venv(monkeypatch, capsys, tmp_path):
    (tmp_path / "requirements-dev.txt").write_text("no-such-tool\n")
    monkeypatch.setattr(venv, "ROOT", str(tmp_path))
    monkeypatch.setattr(venv, "FOLDER", str(tmp_path / ".venv"))
    assert bootstrap.ensure_dev() is False
    assert len(capsys.readouterr().err.splitlines()) == 1
    (tmp_path / "requirements-dev.txt").write_text("pytest\n")
    assert bootstrap.ensure_dev() is True


class Terminal(io.TextIOWrapper):
    """A stream that says it is a terminal."""

    def __init__(self, encoding: str):
        super().__init__(io.BytesIO(), encoding=encoding)

    def isatty(self) -> bool:
        return True

    def text(self) -> str:
        return self.buffer.getvalue().decode(self.encoding)


@pytest.mark.parametrize(("encoding", "full"), [("utf-8", "━"), ("ascii", "#")])
def test_progress_is_one_line_that_fits(monkeypatch, encoding, full):
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "xterm")
    terminal = Terminal(encoding)
    screen = Screen(terminal)
    screen.show(3, 50, 100, "installing " + "x" * 100)
    screen.clear()
    text = terminal.text()
    assert f"  3 s  {full * 10}" in text
    assert "50 of 100 packages  installing" in text
    assert "\n" not in text
    assert "\x1b" not in text
    assert max(map(len, text.split("\r"))) < 80
    assert text.endswith(" \r")


def test_progress_elsewhere_is_a_line_now_and_then():
    stream = io.StringIO()
    screen = Screen(stream)
    for second in range(12):
        screen.show(second, second, 0, "finding")
    screen.clear()
    assert stream.getvalue().splitlines() == [
        "  5 s  5 packages  finding",
        " 10 s  10 packages  finding",
    ]


PIP_SAYS = """\
Collecting jupyter<2,>=1.1 (from -r requirements.txt (line 2))
  Downloading jupyter-1.1.1-py2.py3-none-any.whl.metadata (2.0 kB)
Collecting types-psutil
Downloading jupyter-1.1.1-py2.py3-none-any.whl (2.7 kB)
Installing collected packages: types-psutil, jupyter, rich
Successfully installed jupyter-1.1.1 rich-15.0.0 types-psutil-7.0
"""


def test_progress_names_what_pip_reports():
    progress = Progress(io.StringIO())
    seen = []
    for line in PIP_SAYS.splitlines(keepends=True):
        progress.note(line)
        seen.append((progress.doing, progress.found, progress.total))
    assert seen == [
        ("finding jupyter", 1, 0),
        ("finding jupyter", 1, 0),
        ("finding types_psutil", 2, 0),
        ("fetching jupyter", 2, 0),
        ("installing", 2, 3),
        ("installing", 2, 3),
    ]
    assert progress.installed == 3


def old_pythons() -> list[Path]:
    versions = Path.home() / ".pyenv" / "versions"
    on_path = [shutil.which(name) for name in ("python2.7", "python3.6", "python3.8")]
    found = [*versions.glob("2.7*/bin/python"), *versions.glob("3.[0-9].*/bin/python")]
    return found or [Path(path) for path in on_path if path]


@pytest.mark.skipif(not old_pythons(), reason="no Python older than 3.10 on this computer")
@pytest.mark.parametrize("newer", [True, False])
def test_an_old_python_names_a_newer_one(copy, newer):
    if newer:
        (copy.bin / "python3.12").symlink_to(BASE)
    (copy.bin / "python3.13").write_text("#!/bin/sh\nexit 127\n")
    (copy.bin / "python3.13").chmod(0o755)
    for python in old_pythons():
        status, out, err = copy.run(python, PATH=str(copy.bin), PYTHONDONTWRITEBYTECODE="1")
        assert (status, out) == (1, "")
        [line] = err.splitlines()
        assert "From Socket to Framework needs Python 3.10 or newer; this is " in line
        assert line.endswith("Try: python3.12 -m course" if newer else "run: python3 -m course")
