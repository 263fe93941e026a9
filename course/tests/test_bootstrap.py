"""The first run: what is installed, what is repaired, and what is said when neither can be done.

Each test works on a copy of the tool in a folder of its own, with a stand-in for uv that makes real
virtual environments and puts one tiny distribution into them: no network, no pip.
"""

import json
import os
import pty
import shutil
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from course.model.chapters import ROOT
from course.setup import bootstrap
from course.setup.installation import BASE_PYTHON

BASE = Path(BASE_PYTHON)
TOOL = (
    "__init__.py",
    "__main__.py",
    "model/__init__.py",
    "model/errors.py",
    "model/locks.py",
    "setup",
)
LEFT_OUT = ("PYTHON", "COLUMNS", "COURSE_", "PIP_", "UV_")
EXECUTED = "import pathlib; pathlib.Path(__file__).parent.joinpath('executed').touch()\n"

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the stand-in for uv is a script")

STAND_IN_UV = """#!{python}
import os, pathlib, subprocess, sys, time
command, arguments = sys.argv[1], sys.argv[2:]
python = arguments[arguments.index("--python") + 1]
print("Resolved 1 package in 1ms", flush=True)
if "TERMINAL" in os.environ:
    print("On a terminal:", sys.stdout.isatty(), sys.stderr.isatty(), flush=True)
with open(os.environ["CALLS"], "a") as calls:
    calls.write(" ".join(sys.argv[1:]) + "\\n")
if command == "venv":
    sys.exit(subprocess.call([python, "-m", "venv", "--without-pip", arguments[-1]]))
deadline = time.monotonic() + 15
while "HOLD" in os.environ and os.path.exists(os.environ["HOLD"]) and time.monotonic() < deadline:
    time.sleep(0.02)
if "FAILURE" in os.environ:
    sys.exit(os.environ["FAILURE"])
if os.environ.get("ELSEWHERE") == "whatever is asked" or (
    "ELSEWHERE" in os.environ and "--no-config" not in arguments
):
    sys.exit()
library = pathlib.Path(python).parent.parent / "lib"
version = "python%d.%d" % sys.version_info[:2]
(library / version / "site-packages" / "tiny_package-1.0.dist-info").mkdir(parents=True, exist_ok=True)
print("Installed 1 package")
"""
STAND_IN_CLI = """import json, os, sys
def main(arguments):
    print("ran", *arguments, "in", sys.prefix)
    if "HOW" in os.environ:
        names = [name for name in os.environ if name.startswith(("PYTHON", "COURSE_", "COLUMNS"))]
        print(json.dumps([sys.path, names, sys.flags.optimize, sys.warnoptions]))
    return 7
"""


class Copy:
    """A copy of the tool in a folder of its own, and the ways to run it."""

    def __init__(self, folder: Path):
        self.root = folder / "my course"
        self.venv = self.root / ".venv"
        self.python = self.venv / "bin" / "python"
        self.mark = self.venv / "made-by-course.txt"
        self.calls = folder / "calls"
        (self.root / "course" / "model").mkdir(parents=True)
        for name in TOOL:
            copy = shutil.copytree if name == "setup" else shutil.copy
            copy(ROOT / "course" / name, self.root / "course" / name)
        (self.root / "course" / "cli.py").write_text(STAND_IN_CLI)
        self.require("tiny-package>=1,<2  # a comment\n")
        self.bin = folder / "bin"
        self.bin.mkdir()
        (self.bin / "uv").write_text(STAND_IN_UV.format(python=BASE))
        (self.bin / "uv").chmod(0o755)

    def require(self, text: str) -> None:
        (self.root / "requirements.txt").write_text(text)

    def environment(self, **variables: str) -> dict[str, str]:
        clean = {k: v for k, v in os.environ.items() if not k.startswith(LEFT_OUT)}
        path = os.pathsep.join([str(self.bin), os.environ["PATH"]])
        return {**clean, "PATH": path, "CALLS": str(self.calls), **variables}

    def start(self, python: Path = BASE, *flags: str, **variables: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [python, *flags, "-m", "course", "status", "--all"],
            cwd=self.root,
            env=self.environment(**variables),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, python: Path = BASE, *flags: str, **variables: str) -> tuple[int, str, str]:
        process = self.start(python, *flags, **variables)
        out, err = process.communicate(timeout=30)
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


@pytest.fixture
def of_your_own(tmp_path):
    """A virtual environment elsewhere that has all that the copies require."""
    subprocess.run([BASE, "-m", "venv", "--without-pip", tmp_path / "yours"], check=True)
    [packages] = (tmp_path / "yours").glob("lib/python*/site-packages")
    (packages / "tiny_package-1.5.dist-info").mkdir()
    return tmp_path / "yours"


# --- Which Python runs ------------------------------------------------------------------------


def test_an_environment_of_your_own_that_has_everything_is_used_as_it_is(copy, of_your_own):
    python = of_your_own / "bin" / "python"
    assert copy.run(python) == (7, f"ran status --all in {of_your_own}", "")
    assert not copy.venv.exists()
    assert copy.commands() == []


def test_packages_that_are_too_old_or_too_new_do_not_count(copy, of_your_own):
    for bounds in (">=1.6,<2", ">=1,<1.5"):
        copy.require(f"tiny-package{bounds}\n")
        _, out, err = copy.run(of_your_own / "bin" / "python", FAILURE="error: no such version")
        assert out == ""
        assert err.splitlines()[0] in (bootstrap.NEW, bootstrap.STALE)


def test_where_there_is_a_venv_it_wins_over_an_environment_of_your_own(installed, of_your_own):
    assert installed.run(of_your_own / "bin" / "python") == (*installed.ran(), "")


def test_the_way_through_imports_nothing_heavy(copy, of_your_own):
    code = (
        "import sys; before = set(sys.modules); from course.setup import bootstrap, guards;"
        "guards.check(); bootstrap.ensure(); print(*sorted(set(sys.modules) - before))"
    )
    python = of_your_own / "bin" / "python"
    answer = subprocess.run(
        [python, "-c", code],
        cwd=copy.root,
        env=copy.environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    own = {name for name in answer.stdout.split() if name.split(".")[0] == "course"}
    assert own == {"course", "course.model", "course.model.errors", "course.setup"} | {
        f"course.setup.{name}" for name in ("bootstrap", "guards", "venv")
    }
    assert set(answer.stdout.split()) - own <= {
        *("importlib", "importlib.machinery", "importlib._bootstrap"),
        *("importlib._bootstrap_external", "itertools", "warnings"),
        *("_contextvars", "_py_warnings"),  # what warnings is made of since 3.14
    }


# --- An installation, and what is wrong with a .venv ------------------------------------------


def test_the_first_run_installs_and_starts_the_same_command_in_venv(copy):
    status, out, err = copy.run()
    assert (status, out) == copy.ran()
    assert copy.commands() == ["venv", "pip"]
    first, *uv_says, last = err.splitlines()
    assert first == bootstrap.NEW
    assert uv_says == [
        "Resolved 1 package in 1ms",
        "Resolved 1 package in 1ms",
        "Installed 1 package",
    ]
    assert last.startswith("Installed in ")


def test_the_second_run_installs_nothing_and_says_nothing(installed):
    assert installed.run() == (*installed.ran(), "")
    assert installed.commands() == []


def test_an_installer_writes_on_the_terminal_itself(copy):
    leader, follower = pty.openpty()
    process = subprocess.run(
        [BASE, "-m", "course"],
        cwd=copy.root,
        env=copy.environment(TERMINAL="1"),
        stdout=subprocess.DEVNULL,
        stderr=follower,
    )
    os.close(follower)
    assert process.returncode == 7
    text = os.read(leader, 10000).decode()
    os.close(leader)
    assert text.count("On a terminal: True True") == 2


def test_an_installation_stopped_by_ctrl_c_is_noticed_and_made_again(copy):
    process, _ = copy.start_and_hold()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=10)
    assert process.returncode == 130
    assert (out, err.splitlines()[0], err.splitlines()[-1]) == ("", bootstrap.NEW, "Stopped.")
    status, out, err = copy.run()
    assert (status, out) == copy.ran()
    assert err.splitlines()[0] == bootstrap.STALE


@pytest.mark.parametrize("bounds", [">=1,<2\n# and a new line", ">=0.5,<1.5"])
def test_a_changed_list_that_the_packages_satisfy_needs_nothing(installed, bounds):
    installed.require(f"tiny-package{bounds}\n")
    assert installed.run() == (*installed.ran(), "")
    assert installed.commands() == []


def test_an_update_that_fails_leaves_the_packages_from_before_in_use(installed):
    installed.require("tiny-package>=1.1,<2\n")
    status, out, err = installed.run(FAILURE="error sending request")
    assert (status, out) == installed.ran()
    assert err.splitlines()[0] == bootstrap.INCOMPLETE
    assert "error sending request" in err
    assert "still work" in err.splitlines()[-1]
    assert installed.commands() == ["pip"]


def test_a_package_that_was_never_there_is_not_gone_on_without(installed):
    installed.require("tiny-package>=1,<2\nother>=1,<2\n")
    assert installed.run(FAILURE="error sending request")[:2] == (1, "")


def test_a_venv_copied_from_another_folder_is_made_again(installed, tmp_path):
    elsewhere = Copy(tmp_path / "elsewhere")
    shutil.copytree(installed.venv, elsewhere.venv, symlinks=True)
    status, out, err = elsewhere.run()
    assert (status, out) == elsewhere.ran()
    assert err.splitlines()[0] == bootstrap.STALE


def test_a_venv_whose_python_is_gone_is_made_again(installed):
    for link in (installed.venv / "bin").glob("python*"):
        link.unlink()
        link.symlink_to("/nowhere/python")
    status, out, err = installed.run()
    assert (status, out) == installed.ran()
    assert err.splitlines()[0] == bootstrap.STALE


def test_a_venv_whose_python_is_another_version_now_gets_its_packages_again(installed):
    [library] = installed.venv.glob("lib/python*")
    library.rename(library.with_name("python3.2"))
    status, out, err = installed.run()
    assert (status, out) == installed.ran()
    assert err.splitlines()[0] == bootstrap.INCOMPLETE


def test_a_package_taken_out_of_venv_comes_back(installed):
    [package] = installed.venv.glob("lib/python*/site-packages/tiny_package*")
    package.rmdir()
    status, out, err = installed.run()
    assert (status, out) == installed.ran()
    assert err.splitlines()[0] == bootstrap.INCOMPLETE
    assert installed.commands() == ["pip"]


def test_a_venv_that_is_a_link_to_another_disk_stays_one(copy, tmp_path):
    (tmp_path / "large disk").mkdir()
    copy.venv.symlink_to(tmp_path / "large disk")
    assert copy.run()[:2] == copy.ran()
    assert copy.run() == (*copy.ran(), "")
    copy.mark.write_text("unfinished")
    assert copy.run()[:2] == copy.ran()
    assert copy.venv.is_symlink()


def test_a_venv_that_you_made_is_completed_and_never_deleted(copy, tmp_path):
    subprocess.run([BASE, "-m", "venv", "--without-pip", copy.venv], check=True)
    yours = copy.venv / "yours.txt"
    yours.touch()
    status, out, err = copy.run()
    assert (status, out) == copy.ran()
    assert err.splitlines()[0] == bootstrap.INCOMPLETE
    assert copy.commands() == ["pip"]
    moved = Copy(tmp_path / "elsewhere")
    shutil.copytree(copy.venv, moved.venv, symlinks=True)
    assert moved.run()[0] == 7
    assert (moved.venv / "yours.txt").exists()


def test_your_folder_that_is_no_virtual_environment_is_left_alone(copy):
    copy.venv.mkdir()
    (copy.venv / "yours.txt").touch()
    status, _, err = copy.run()
    assert (status, len(err.splitlines())) == (1, 1)
    assert "Rename or delete the folder .venv" in err
    assert [entry.name for entry in copy.venv.iterdir()] == ["yours.txt"]


def test_a_python_in_venv_that_belongs_to_no_virtual_environment_is_not_started_for_ever(copy):
    (copy.venv / "bin").mkdir(parents=True)
    copy.python.symlink_to(BASE)
    status, _, err = copy.run()
    assert (status, len(err.splitlines())) == (1, 1)
    assert "Rename or delete the folder .venv" in err


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
    assert err.splitlines()[0] == bootstrap.STALE
    first.communicate()


def test_a_failure_is_what_the_installer_says_and_a_line_with_what_to_do(copy):
    status, out, err = copy.run(FAILURE="No space left on device")
    assert (status, out) == (1, "")
    *_, uv_says, line = err.splitlines()
    assert uv_says == "No space left on device"
    assert line.startswith("course: the installation failed: the lines above say why.")
    assert line.endswith("then run the same command again.")


@pytest.mark.parametrize("lacking", ["ensurepip|pip", "venv"])
def test_a_python_that_cannot_install_packages_says_what_to_install(copy, lacking):
    """As on Debian and Ubuntu, where a package of its own brings ensurepip."""
    code = (
        "import importlib.util as util; find = util.find_spec;"
        f"util.find_spec = lambda name, *_: None if name in {lacking.split('|')} else find(name);"
        "from course.setup import bootstrap; bootstrap.ensure()"
    )
    done = subprocess.run(
        [BASE, "-c", code],
        cwd=copy.root,
        env=copy.environment(PATH="/nowhere"),
        capture_output=True,
        text=True,
    )
    assert "sudo apt install python3-venv" in done.stderr.splitlines()[-1]
    assert not copy.venv.exists()


def test_a_folder_that_cannot_be_written_is_one_line(copy):
    (copy.root / ".course").touch()
    status, _, err = copy.run()
    assert status == 1
    assert "cannot be written" in err
    assert len(err.splitlines()) == 1


# --- What the environment may not decide ------------------------------------------------------


def test_settings_of_uv_that_send_packages_elsewhere_are_left_out(copy):
    status, out, _ = copy.run(ELSEWHERE="unless --no-config")
    assert (status, out) == copy.ran()
    assert copy.commands() == ["venv", "pip", "pip"]


def test_packages_that_arrive_nowhere_are_an_error_and_no_endless_restart(copy):
    for _ in range(2):
        status, out, err = copy.run(ELSEWHERE="whatever is asked")
        assert (status, out) == (1, "")
        assert "uv reports success, but .venv lacks tiny_package" in err.splitlines()[-1]
        assert "settings" in err.splitlines()[-1]


PIP_CONF = """\
[global]
target = {elsewhere}
prefix = {elsewhere}
dry-run = true
require-virtualenv = true
no-deps = true
require-hashes = true
user = true
no-index = true
find-links = {wheels}
"""


def tiny_wheel(folder: Path) -> None:
    """Make the smallest wheel that pip installs."""
    folder.mkdir()
    info = "tiny_package-1.0.dist-info"
    with zipfile.ZipFile(folder / "tiny_package-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr(
            f"{info}/METADATA", "Metadata-Version: 2.1\nName: tiny-package\nVersion: 1.0\n"
        )
        wheel.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{info}/RECORD", "")


def test_pip_installs_into_venv_whatever_its_settings_say(copy, tmp_path):
    """The real pip, with a pip.conf whose index, and nothing else, must reach it."""
    tiny_wheel(tmp_path / "wheels")
    elsewhere = tmp_path / "elsewhere"
    (tmp_path / "pip.conf").write_text(
        PIP_CONF.format(elsewhere=elsewhere, wheels=tmp_path / "wheels")
    )
    status, out, err = copy.run(
        PATH="/nowhere",
        PIP_CONFIG_FILE=str(tmp_path / "pip.conf"),
        PIP_TARGET=str(elsewhere),
        PIP_DRY_RUN="1",
        PIP_PYTHON=sys.executable,
    )
    assert (status, out) == copy.ran(), err
    assert not elsewhere.exists()


@pytest.fixture
def old_packages(tmp_path):
    """A folder such as a PYTHONPATH names: its modules are executed where they are found."""
    folder = tmp_path / "old packages"
    folder.mkdir()
    for name in ("rich", "pytest", "subprocess", "tiny_package"):
        (folder / f"{name}.py").write_text(EXECUTED)
    (folder / "tiny_package-0.1.dist-info").mkdir()
    return folder


@pytest.mark.parametrize("activated", [False, True])
def test_a_pythonpath_reaches_neither_the_course_nor_what_it_starts(
    installed, old_packages, activated
):
    python = installed.python if activated else BASE
    status, out, err = installed.run(python, PYTHONPATH=str(old_packages), HOW="yes")
    ran, how = out.splitlines()
    assert ((status, ran), err) == (installed.ran(), "")
    path, names, _, _ = json.loads(how)
    assert str(old_packages) not in path
    assert names == []
    assert not (old_packages / "executed").exists()


def test_a_pythonpath_does_not_reach_the_installer(copy, old_packages):
    assert copy.run(PYTHONPATH=str(old_packages))[:2] == copy.ran()
    assert not (old_packages / "executed").exists()


@pytest.mark.parametrize(
    "variables",
    [
        {"PYTHONOPTIMIZE": "2"},
        {"PYTHONWARNINGS": "error"},
        {"PYTHONDEVMODE": "1"},
        {"PYTHONSTARTUP": "/nowhere"},
        {"PYTHONINSPECT": "1"},
        {"COLUMNS": "0"},
    ],
)
def test_variables_that_change_how_code_runs_are_left_out(installed, variables):
    for python in (BASE, installed.python):
        status, out, err = installed.run(python, HOW="yes", **variables)
        assert (status, out.splitlines()[0]) == installed.ran()
        assert err == ""
        assert json.loads(out.splitlines()[1])[1:] == [[], 0, []]


def test_options_that_change_how_code_runs_are_left_out(installed):
    for flags in (["-OO"], ["-W", "error"], ["-X", "dev"]):
        status, out, _ = installed.run(installed.python, *flags, HOW="yes")
        assert status == 7
        assert json.loads(out.splitlines()[1])[2:] == [0, []]


def test_variables_for_the_terminal_stay(installed):
    _, out, _ = installed.run(PYTHONIOENCODING="ascii", PYTHONUTF8="1", COLUMNS="60", HOW="yes")
    names = json.loads(out.splitlines()[1])[1]
    assert set(names) == {"PYTHONIOENCODING", "PYTHONUTF8", "COLUMNS"}


def test_the_benchmark_starts_again_as_the_benchmark(installed):
    (installed.root / "bench").mkdir()
    measuring = (
        "import sys; from course.setup import bootstrap; bootstrap.ensure(); print(sys.prefix)"
    )
    (installed.root / "bench" / "__main__.py").write_text(measuring)
    process = subprocess.run(
        [BASE, "-m", "bench"],
        cwd=installed.root,
        env=installed.environment(),
        capture_output=True,
        text=True,
    )
    assert (process.stdout, process.stderr) == (f"{installed.venv}\n", "")


def test_from_another_folder_it_runs_as_it_does_at_home(installed, tmp_path):
    process = subprocess.run(
        [BASE, "-m", "course", "status"],
        cwd=tmp_path,
        env=installed.environment(PYTHONPATH=str(installed.root)),
        capture_output=True,
        text=True,
    )
    assert (process.returncode, process.stderr) == (7, "")


# --- Files that shadow modules ----------------------------------------------------------------


def shadow(folder: Path, name: str) -> None:
    """Put a file, or for a name with a slash a package, that notes its execution beside itself."""
    if name.endswith("/"):
        (folder / name).mkdir()
        (folder / name / "__init__.py").write_text(EXECUTED)
    else:
        (folder / name).write_text(EXECUTED)


OF_PYTHON = (
    "socket.py",
    "select.py",
    "threading.py",
    "json.py",
    "subprocess.py",
    "typing.py",
    "asyncio/",
)


@pytest.mark.parametrize(
    "name", [name for name in OF_PYTHON if Path(name).stem not in sys.builtin_module_names]
)
def test_a_file_that_hides_a_module_of_python_is_named_and_not_executed(copy, name):
    shadow(copy.root, name)
    status, out, err = copy.run()
    assert (status, out) == (1, "")
    assert err == (
        f"course: {name} here hides Python's own module: rename it, then run the same command again."
    )
    assert not list(copy.root.rglob("executed"))
    assert copy.commands() == []


@pytest.mark.parametrize("name", ["rich.py", "pytest/", "markdown_it.py"])
def test_a_file_that_hides_a_package_is_named_and_not_executed(copy, name):
    shadow(copy.root, name)
    status, out, err = copy.run(Path(sys.executable))
    assert (status, out) == (1, "")
    assert err.startswith(f"course: {name} here hides an installed package: rename it")
    assert not list(copy.root.rglob("executed"))


def test_files_that_hide_nothing_are_yours_to_keep(installed):
    for name in ("notes.py", "time.py", "test.py"):  # time is built in
        (installed.root / name).write_text(EXECUTED)
    (installed.root / "json").mkdir()
    (installed.root / "select.txt").touch()
    assert installed.run() == (*installed.ran(), "")


@pytest.mark.parametrize("name", ["sitecustomize", "usercustomize"])
def test_what_python_imports_before_it_looks_here_hides_nothing(installed, name):
    """Debian's Python has a sitecustomize of its own; here one in .venv is in its place."""
    shadow(installed.root, f"{name}.py")
    [packages] = installed.venv.glob("lib/python*/site-packages")
    (packages / f"{name}.py").touch()
    assert installed.run() == (*installed.ran(), "")
    assert not list(installed.root.rglob("executed"))


# --- Old Pythons ------------------------------------------------------------------------------


def old_pythons() -> list[Path]:
    versions = Path.home() / ".pyenv" / "versions"
    on_path = [shutil.which(name) for name in ("python2.7", "python3.6", "python3.8", "python3.10")]
    found = [*versions.glob("2.7*/bin/python"), *versions.glob("3.[0-9].*/bin/python")]
    found += versions.glob("3.10.*/bin/python")
    return found or [Path(path) for path in on_path if path]


@pytest.mark.skipif(not old_pythons(), reason="no Python older than 3.11 on this computer")
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
        assert "From Socket to Framework needs Python 3.11 or newer; this is " in line
        assert line.endswith("Try: python3.12 -m course" if newer else "run: python3 -m course")


@pytest.mark.skipif(not old_pythons(), reason="no Python older than 3.11 on this computer")
def test_your_venv_of_an_old_python_is_named_and_left_alone(copy):
    (copy.venv / "bin").mkdir(parents=True)
    copy.python.symlink_to(old_pythons()[0])
    status, _, err = copy.run()
    [line] = err.splitlines()
    assert status == 1
    assert line.endswith("Rename or delete the folder .venv, then run the same command again.")
    assert copy.python.exists()


# --- The maintainers' tools -------------------------------------------------------------------


def test_the_maintainers_tools_go_only_into_venv(installed, of_your_own):
    (installed.root / "requirements-dev.txt").write_text("-r requirements.txt\nother>=1,<2\n")
    for python, said in [
        (of_your_own / "bin" / "python", "run this with its Python"),
        (installed.python, "lacks other"),
    ]:
        answer = subprocess.run(
            [
                python,
                "-c",
                "from course.setup.bootstrap import ensure_more; "
                "ensure_more('requirements-dev.txt')",
            ],
            cwd=installed.root,
            env=installed.environment(),
            capture_output=True,
            text=True,
        )
        assert answer.returncode == 1
        assert said in answer.stderr.splitlines()[-1]
    assert installed.commands()[:1] == ["pip"]
