"""The command line and the page run the same studies."""

import argparse
import os
import shutil
import subprocess
import sys
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from dashboard.factory import create_app
from dashboard.page.probe_ids import Form
from model_backend import ColumnMapping, JobState, LocalBackend, Upload
from model_backend.models.catalogue import catalogue
from model_backend.probing import __main__ as program
from model_backend.probing.storage.library import Library
from model_backend.probing.storage.study_files import read_study
from tests.browser.serving import ROOT
from tests.dashboard.views.explore.test_explore import call
from tests.model_backend.probing.answering import end, half_right, open_namer
from tests.model_backend.probing.studies.test_run import content_of


def run_program(
    monkeypatch: pytest.MonkeyPatch, model: Path, dataset: Path, studies: Path, *options: str
) -> Path:
    """The folder of a study that was typed in, with three options that are not as usual."""
    words = ["probing", "--studies", studies, "run", "--model", model, "--dataset", dataset]
    words += ["--n-permutations", "3", "--no-random-model", "--no-p-true", *options]
    monkeypatch.setattr(sys, "argv", list(map(str, words)))
    program.main()
    library = Library(studies)
    [card] = library.cards()
    return library.finished(card.study)


def run_page(model: Path, dataset: Path, studies: Path) -> dict[str, Any]:
    """Run the same study with the page's form, with other fields unchanged."""
    entries = catalogue([str(model)])
    backend = LocalBackend(entries, studies=studies)
    upload = backend.upload(Upload(dataset.name, dataset.read_bytes()))
    form: dict[str, Any] = {
        f"{Form.DATASET}.value": upload.dataset,
        f"{Form.MODEL}.value": entries[0].name,
        f"{Form.SITES}.value": ["resid_post"],
        f"{Form.SIZE}.value": 1000,
        f"{Form.SEED}.value": 0,
        f"{Form.PERMUTATIONS}.value": 3,
        f"{Form.RANDOM_MODEL}.checked": False,
        f"{Form.TRUTH}.checked": False,
        f"{Form.KEEP}.checked": False,
    }
    client = create_app(backend).server.test_client()
    started = call(client, f"{Form.STARTED}.data", {f"{Form.RUN}.n_clicks": 1}, **form)
    job = started["response"][Form.STARTED]["data"]
    status = end(backend, job)
    assert status.state is JobState.DONE, status.message
    return content_of(backend.study_service._library.finished(job))


@pytest.mark.slow
def test_the_command_line_and_the_page_give_the_same_study(
    monkeypatch: pytest.MonkeyPatch, model: Path, tmp_path: Path
) -> None:
    dataset, namer = tmp_path / "half.jsonl", open_namer(model, tmp_path / "none")
    with threadpool_limits(1):
        dataset.write_bytes(half_right(namer, 50, max_new_tokens=64))
        typed = content_of(run_program(monkeypatch, model, dataset, tmp_path / "typed"))
        clicked = run_page(model, dataset, tmp_path / "clicked")
    assert typed["study.json"]["request"]["n_permutations"] == 3
    assert typed == clicked


@pytest.mark.slow
def test_the_reference_solver_makes_the_same_study(
    monkeypatch: pytest.MonkeyPatch, model: Path, tmp_path: Path
) -> None:
    dataset, namer = tmp_path / "half.jsonl", open_namer(model, tmp_path / "none")
    short = ("--max-new-tokens", "4", "--n-permutations", "1", "--solver")
    with threadpool_limits(1):
        dataset.write_bytes(half_right(namer, 50, max_new_tokens=4))
        fast, plain = (
            read_study(run_program(monkeypatch, model, dataset, tmp_path / name, *short, name))
            for name in ("fast", "reference")
        )
    assert (fast.request.solver, plain.request.solver) == ("fast", "reference")
    assert plain.provenance["solver"] == "reference"
    for site, found in fast.maps.items():
        np.testing.assert_allclose(plain.maps[site].scores, found.scores, atol=1e-3)
        # Not bit by bit: the other solver did run.
        assert not np.array_equal(plain.maps[site].scores, found.scores, equal_nan=True)
        np.testing.assert_allclose(plain.maps[site].low, found.low, atol=0.02)
    assert plain.card.best.nested.value == pytest.approx(fast.card.best.nested.value, abs=0.01)


ROWS = "".join(f"Wo liegt {n}?,Land {n},{n % 3}\n" for n in range(60))


@pytest.fixture()
def own(tmp_path: Path) -> Path:
    """A file whose columns have unknown names, except the last."""
    path = tmp_path / "own.csv"
    path.write_text(f"Frage,Ant=wort,topic\n{ROWS}Wo liegt 1?,Land,\n", encoding="utf-8")
    return path


def type_in(monkeypatch: pytest.MonkeyPatch, studies: Path, *words: object) -> str:
    """Run the command line with an impossible size of 1, and return its error text."""
    command = ["probing", "--studies", studies, "run", "--size", "1", *words]
    monkeypatch.setattr(sys, "argv", list(map(str, command)))
    with pytest.raises(SystemExit) as ended:
        program.main()
    return str(ended.value)


SILLY = ("", "-1", "1.5", "9" * 30, "=", "\x1b[31m" * 999, "~nobody-of-this-name/x")


def options_of(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every option of the command ``run`` that takes a value."""
    parsers: list[argparse.ArgumentParser] = []

    def keep(parser: argparse.ArgumentParser) -> argparse.Namespace:
        parsers.append(parser)
        return argparse.Namespace()

    with monkeypatch.context() as patch:
        patch.setattr(argparse.ArgumentParser, "parse_args", keep)
        program.read_arguments()
    choices = [each.choices for each in parsers[0]._actions if isinstance(each.choices, dict)]
    both = (*parsers[0]._actions, *choices[0]["run"]._actions)
    return [each.option_strings[-1] for each in both if each.option_strings and each.nargs != 0]


def test_every_option_refuses_silly_values_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    options = options_of(monkeypatch)
    assert {"--studies", "--site", "--seed", "--device", "--column"} <= set(options)
    for option, value in product(options, SILLY):
        first = [f"{option}={value}"] if option == "--studies" else ["--studies", "studies"]
        second = [] if option == "--studies" else [f"{option}={value}"]
        words = ["probing", *first, "run", "--size", "1", "--dataset", "places", *second]
        monkeypatch.setattr(sys, "argv", words)
        with pytest.raises(SystemExit) as ended:
            program.main()
        said = (
            capsys.readouterr().err.splitlines()[-1] if ended.value.code == 2 else ended.value.code
        )
        assert len(str(said)) > 20, (option, value, said)
    assert not (tmp_path / "unfinished").exists(), "studies were begun in this folder"


def test_columns_are_named_by_options_and_the_rest_is_guessed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture, own: Path, tmp_path: Path
) -> None:
    columns = ("--column", "question=Frage", "--column", "answer=Ant=wort")
    said = type_in(monkeypatch, tmp_path / "studies", "--dataset", own, *columns)
    assert said.startswith("The size of a study")  # so the file was accepted
    counts = "own.csv: 61 rows, 60 questions in 3 groups; left out as repeated: 1, incomplete: 0"
    assert counts in capsys.readouterr().out
    kept = Library(tmp_path / "studies").datasets()[-1]
    assert kept.mapping == ColumnMapping("Frage", "Ant=wort", "", "topic", "")
    without = (*columns, "--column", "group=")
    type_in(monkeypatch, tmp_path / "others", "--dataset", own, *without)
    assert Library(tmp_path / "others").datasets()[-1].n_groups == 60


def test_a_question_of_several_columns_is_typed_in(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture, own: Path, tmp_path: Path
) -> None:
    words = ("--question", "{topic}: {Frage}", "--column", "answer=Ant=wort", "--separator", ";")
    scope = ("--label-scope", "whole answer")
    said = type_in(monkeypatch, tmp_path / "studies", "--dataset", own, *words, *scope)
    assert said.startswith("The size of a study")
    assert "The first question is: 0: Wo liegt 0?" in capsys.readouterr().out
    kept = Library(tmp_path / "studies").datasets()[-1].mapping
    assert (kept.template, kept.separator, kept.scope) == ("{topic}: {Frage}", ";", "whole answer")


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        (["Frage"], "--column takes one of question=NAME, answer=NAME, aliases=NAME"),
        (["title=Frage"], "correct=NAME; this is 'title=Frage'."),
        (["question=a", "question=b"], "--column names two for the question: 'a', 'b'."),
        (["question=Frage", "answer=Antwort"], "own.csv cannot be studied."),
    ],
)
def test_impossible_columns_are_refused_with_a_sentence(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
    own: Path,
    tmp_path: Path,
    columns: list[str],
    said: str,
) -> None:
    words = [word for column in columns for word in ("--column", column)]
    assert said in type_in(monkeypatch, tmp_path / "studies", "--dataset", own, *words)
    if "cannot be studied" in said:
        there = "There is no column 'Antwort' for the answer; there are: Frage, Ant=wort, topic."
        assert there in capsys.readouterr().out
    assert all(found.is_builtin for found in Library(tmp_path / "studies").datasets())


def test_columns_of_a_stored_data_set_are_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    words = ("--dataset", "places", "--column", "question=question")
    said = type_in(monkeypatch, tmp_path / "studies", *words)
    assert said == "--column needs a file; places is a stored data set. Leave --column out."
    more = type_in(monkeypatch, tmp_path / "studies", *words, "--separator", ";")
    assert more.startswith("--column and --separator need a file; places is")
    assert more.endswith("Leave them out.")


def run_alone(*words: object, **environment: str) -> subprocess.CompletedProcess:
    """The program in a process of its own, on the studies that an older version saved."""
    command = [sys.executable, "-m", "model_backend.probing", *map(str, words)]
    settings = {**os.environ, **environment}
    return subprocess.run(command, cwd=ROOT, env=settings, capture_output=True, text=True)


def test_a_terminal_of_few_characters_and_a_reader_that_leaves_get_no_traceback(
    tmp_path: Path,
) -> None:
    studies, own = tmp_path / "studies", tmp_path / "größe.csv"
    shutil.copytree(ROOT / "tests/fixtures/saved/studies", studies)
    [study] = [path.parent.name for path in studies.glob("*/study.json")]
    own.write_text(f"question,answer,topic\n{ROWS}", encoding="utf-8")
    words = ("--studies", studies, "run", "--size", "1", "--dataset", own)
    plain = run_alone(*words, PYTHONIOENCODING="ascii")
    assert plain.stdout.startswith("gr\\xf6\\xdfe.csv: 60 rows")
    assert plain.stderr.startswith("The size of a study is")
    module = f"{sys.executable} -m model_backend.probing --studies {studies} show {study}"
    left = subprocess.run(["bash", "-c", f"{module} | true"], cwd=ROOT, capture_output=True)
    assert left.stderr == b""


def test_without_a_home_folder_it_asks_for_a_folder() -> None:
    code = (
        "import os, sys; os.environ.pop('HOME', None); os.environ.pop('XDG_DATA_HOME', None)\n"
        "import pwd; pwd.getpwuid = lambda _: {}[1]\n"
        "sys.argv = ['probing', 'list']\n"
        "from model_backend.probing.__main__ import main; main()"
    )
    answer = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert answer.returncode == 1
    assert answer.stderr == (
        "~/.local/share is in a home folder that this machine does not know. Write the folder in "
        "full.\n"
    )
