"""Which file the engine names when an answer cannot be read, on each Python."""

import pytest

from course.checks.answers import Answers, Unreadable
from course.model.source import NOT_UTF8

FINE = "from .ch01_echo import cafe\n"
LATIN = "cafe = 'café'\n".encode("latin-1")
UTF16 = "cafe = 'café'\n".encode("utf-16-le")


@pytest.mark.parametrize("content", [LATIN, UTF16], ids=["latin-1", "utf-16"])
@pytest.mark.parametrize("stem", ["ch01_echo", "ch02_four_tuple"])
def test_the_file_that_is_not_utf8_is_named(tmp_path, content, stem):
    folder = tmp_path / f"answers_{tmp_path.name}"  # a package that was not imported before
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "ch01_echo.py").write_bytes(content)
    (folder / "ch02_four_tuple.py").write_text(FINE, encoding="utf-8")
    with pytest.raises(Unreadable) as found:
        Answers(folder).load(stem)
    assert (found.value.file.name, found.value.summary) == ("ch01_echo.py", NOT_UTF8)


@pytest.mark.parametrize("code", ["b'\\xff'.decode()", "exec('1 +')"])
def test_an_error_in_the_code_says_nothing_about_the_encoding(tmp_path, code):
    folder = tmp_path / f"answers_{tmp_path.name}"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "ch01_echo.py").write_text(code, encoding="utf-8")
    with pytest.raises(Unreadable) as found:
        Answers(folder).load("ch01_echo")
    assert NOT_UTF8 not in found.value.summary
