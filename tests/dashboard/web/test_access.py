"""The program that hashes a password helps, and says why it writes nothing."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dashboard.web.access import read_passwords
from tests.browser.serving import ROOT

TYPED = "open sesame\nopen sesame\n"


def ask(*arguments: str, typed: str = "", encoding: str = "utf-8") -> subprocess.CompletedProcess:
    """The program without a terminal, which then reads passwords from its input."""
    command = [sys.executable, "-W", "ignore", "-m", "dashboard.access", *arguments]
    return subprocess.run(
        command,
        cwd=ROOT,
        input=typed,
        capture_output=True,
        encoding="utf-8",
        start_new_session=True,
        env={**os.environ, "PYTHONIOENCODING": encoding},
    )


def test_help_is_help_and_no_name() -> None:
    answer = ask("--help", typed=TYPED)
    assert answer.returncode == 0
    assert answer.stdout.startswith("usage: python -m dashboard.access")


def test_without_a_password_it_says_so_and_writes_nothing() -> None:
    answer = ask("alice")
    assert answer.returncode == 1
    assert answer.stdout == ""
    assert "No password was given, so nothing was written." in answer.stderr
    assert "Traceback" not in answer.stderr


@pytest.mark.parametrize("name", ["", " alice", "a:b", "#alice", "a\nb", "--alice"])
def test_a_name_that_the_file_would_not_give_back_is_refused(name: str) -> None:
    answer = ask(name, typed=TYPED)
    assert (answer.returncode, answer.stdout) == (2, "")
    assert "error: " in answer.stderr


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "ascii"])
def test_what_it_writes_lets_that_person_in(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "passwords"
    written = ask("Ann Müller", typed=TYPED, encoding=encoding).stdout
    path.write_text(written, encoding="utf-8")
    assert list(read_passwords(path)) == ["Ann Müller"]
