"""Used and dropped answers of a study survive export and import; altered ones are refused."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from model_backend import BadRequest, ProbeStudy, Upload
from model_backend.probing.storage.library import Library
from model_backend.probing.storage.study_files import DROPPED, EXAMPLES, read_study, write_study
from model_backend.probing.storage.zip_exchange import export_folder, import_folder
from model_backend.probing.studies.answers.asking import TOO_LONG
from tests.model_backend.fake_study_service import make_study
from tests.model_backend.probing.answering import finish, open_namer, quick_request
from tests.model_backend.probing.storage.test_zip_exchange import meddled, reseal, rows_of

STUDY = make_study()
Entry = dict[str, Any]


@pytest.fixture
def exported(tmp_path: Path) -> bytes:
    folder = tmp_path / "made" / STUDY.card.study
    write_study(folder, STUDY, rows_of(STUDY))
    return b"".join(export_folder(folder))


def take_in(content: bytes, tmp_path: Path) -> ProbeStudy:
    library = Library(tmp_path / "mine")
    return library.study(import_folder(io.BytesIO(content), library).study)


def change(content: bytes, name: str, how: Callable[[list[Entry]], object]) -> bytes:
    """The zip file with changed lines in one of its files, and with matching checksums."""

    def meddle(files: dict[str, bytes]) -> None:
        entries = [orjson.loads(line) for line in files[name].splitlines()]
        how(entries)
        files[name] = b"\n".join(map(orjson.dumps, entries)) + b"\n"
        reseal(files)

    return meddled(content, meddle)


def test_dropped_answers_and_aliases_survive_export_and_import(
    exported: bytes, tmp_path: Path
) -> None:
    again = take_in(exported, tmp_path)
    assert again.dropped == STUDY.dropped and len(again.dropped) == 3
    assert again.examples.aliases == STUDY.examples.aliases
    assert again.examples.aliases[0] == ("Bharat", "Hind")


def test_an_older_study_opens_without_dropped_answers_and_aliases(
    exported: bytes, tmp_path: Path
) -> None:
    def forget(files: dict[str, bytes]) -> None:
        del files[DROPPED]
        reseal(files)

    def forget_aliases(entries: list[Entry]) -> None:
        for entry in entries:
            del entry["aliases"]

    older = change(meddled(exported, forget), EXAMPLES, forget_aliases)
    again = take_in(older, tmp_path)
    assert again.dropped == ()
    assert again.card.dropped == STUDY.card.dropped
    assert again.examples.aliases == ((),) * again.examples.n
    assert again.examples.question == STUDY.examples.question


@pytest.mark.parametrize(
    ("name", "how", "said"),
    [
        (DROPPED, lambda entries: entries.pop(), "other answers than the study counts"),
        (DROPPED, lambda entries: entries[0].update(reason="other"), "than the study counts"),
        (DROPPED, lambda entries: entries[0].update(answer={"a": 1}), "the answer of an answer"),
        (DROPPED, lambda entries: entries[0].update(reason=None), "the reason of an answer"),
        (DROPPED, lambda entries: entries[0].update(aliases="abc"), "the aliases of an answer"),
        (DROPPED, lambda entries: entries[0].pop("question"), "KeyError 'question'"),
        (DROPPED, lambda entries: entries.insert(0, []), "not a JSON object"),
        (EXAMPLES, lambda entries: entries.pop(), "the study has another number of them"),
        (EXAMPLES, lambda entries: entries[0].update(question=5), "the question of an answer"),
        (EXAMPLES, lambda entries: entries[0].update(aliases=[1]), "the aliases of an answer"),
    ],
)
def test_altered_answers_are_refused_with_a_sentence(
    exported: bytes, tmp_path: Path, name: str, how: Callable[[list[Entry]], object], said: str
) -> None:
    with pytest.raises(BadRequest, match=said):
        take_in(change(exported, name, how), tmp_path)
    assert Library(tmp_path / "mine").cards() == ()


def test_dropped_answers_with_another_checksum_are_refused(exported: bytes, tmp_path: Path) -> None:
    def alter(files: dict[str, bytes]) -> None:
        files[DROPPED] = files[DROPPED].replace(b"town 1", b"town 9")

    with pytest.raises(BadRequest, match=r"dropped\.jsonl was changed after the export"):
        take_in(meddled(exported, alter), tmp_path)


@pytest.mark.slow
def test_a_study_keeps_its_dropped_answers_with_the_reason(
    model: Path, questions: bytes, tmp_path: Path
) -> None:
    """Two questions are too long for the model."""
    entries = [orjson.loads(line) for line in questions.splitlines()][:120]
    long = "who is " + "w1 " * 160
    for n in (3, 50):
        more = {"aliases": ["nobody else"], "group": "long"}
        entries[n] = {"question": f"{long} w{n}", "answer": "Nobody", **more}
    backend = open_namer(model, tmp_path)
    content = b"\n".join(map(orjson.dumps, entries))
    dataset = backend.upload(Upload("long.jsonl", content)).dataset
    request = quick_request(dataset, n_permutations=0, random_model=False)
    study = read_study(tmp_path / finish(backend, request).job)
    assert study.card.dropped == {TOO_LONG: 2}
    assert {each.question for each in study.dropped} == {f"{long} w3", f"{long} w50"}
    one = study.dropped[0]
    assert (one.right_answer, one.aliases, one.group) == ("Nobody", ("nobody else",), "long")
    assert (one.answer, one.exact_answer, one.reason) == ("", "", TOO_LONG)
    assert study.examples.n == 118
    assert not {each.question for each in study.dropped} & set(study.examples.question)
