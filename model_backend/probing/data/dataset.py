"""Reads uploaded questions with known answers.

A whole file is checked before anything runs. Each problem becomes a sentence with the line number.
"""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path

import orjson

from model_backend.answering.judging.rules import LabelRules
from model_backend.api.datasets import (
    ColumnMapping,
    DatasetPreview,
    DatasetQuestion,
    LabelScope,
    Upload,
)
from model_backend.api.errors import BadRequest
from model_backend.api.study_requests import SMALLEST_STUDY
from model_backend.probing.data.column_roles import check_mapping, guess_mapping
from model_backend.probing.data.file_rows import read_rows
from model_backend.probing.data.label_rules import find_rules, guess_scope
from model_backend.probing.data.notices import (
    DUPLICATE,
    INCOMPLETE,
    reading_notices,
    rows_left_out,
)
from model_backend.probing.data.questions import make_question
from model_backend.probing.data.rows import BadLine, Row

N_SHOWN = 5


@dataclass(frozen=True)
class Dataset:
    """The usable questions of a data set, and the preview that the page shows."""

    preview: DatasetPreview
    questions: tuple[DatasetQuestion, ...]

    @property
    def fingerprint(self) -> str:
        """Hash of all questions and answers."""
        lines = [orjson.dumps(_hashed(question)) for question in self.questions]
        scope = self.preview.mapping.scope
        if scope != LabelScope.FIRST_SENTENCE:
            lines.append(scope.encode())
        return hashlib.sha256(b"\n".join(lines)).hexdigest()

    @cached_property
    def rules(self) -> LabelRules:
        """Rules by which answers to these questions are labelled."""
        return find_rules(self.questions, self.preview.mapping.scope)


def _hashed(question: DatasetQuestion) -> dict[str, object]:
    """The fields of a question that have a hash; those that are newer only if they are filled."""
    fields = asdict(question)
    del fields["row"]
    for name in ("wrong_answers", "model_answer", "exact_answer", "correct"):
        if fields[name] in ((), "", None):
            del fields[name]
    return fields


def read_upload(upload: Upload) -> Dataset:
    """Read an uploaded file; an unusable one gives a preview with its problems and no id."""
    name = Path(upload.filename).name or "upload"
    columns: tuple[str, ...] = ()
    mapping = ColumnMapping()
    try:
        rows, columns = read_rows(name, upload.content)
        mapping = upload.mapping or guess_mapping(columns)
        check_mapping(mapping, columns)
        questions = [make_question(row, mapping) for row in rows]
        if upload.mapping is None:
            mapping = replace(mapping, scope=guess_scope(questions))
        return _make(name, rows, questions, columns, mapping)
    except BadLine as error:
        problem = (str(error),)
        return Dataset(DatasetPreview("", name, columns, mapping, 0, 0, 0, 0, 0, (), problem), ())


def _make(
    name: str,
    rows: Sequence[Row],
    made: Sequence[DatasetQuestion],
    columns: tuple[str, ...],
    mapping: ColumnMapping,
) -> Dataset:
    kept: dict[tuple[str, str], DatasetQuestion] = {}
    left_out: dict[str, list[int]] = {}
    for row, question in zip(rows, made, strict=True):
        key = _key(question), question.model_answer
        if lack := DUPLICATE if key in kept else _lack(question, mapping):
            left_out.setdefault(lack, []).append(row.line)
        else:
            kept[key] = question
    questions = tuple(_group_repeated(list(kept.values())))
    n_duplicates = len(left_out.get(DUPLICATE, ()))
    preview = DatasetPreview(
        dataset="",
        name=name,
        columns=columns,
        mapping=mapping,
        n_rows=len(rows),
        n_usable=len(questions),
        n_empty=len(rows) - len(questions) - n_duplicates,
        n_duplicates=n_duplicates,
        n_groups=len({q.group for q in questions if q.group}) + sum(not q.group for q in questions),
        first=questions[:N_SHOWN],
        problems=(
            *rows_left_out(left_out, len(questions)),
            *reading_notices(questions, mapping, find_rules(questions, mapping.scope)),
        ),
    )
    dataset = Dataset(preview, questions)
    if len(questions) < SMALLEST_STUDY:
        return dataset
    return replace(dataset, preview=replace(preview, dataset=dataset.fingerprint[:32]))


def _key(question: DatasetQuestion) -> str:
    """The question without differences of case and spaces."""
    return " ".join(question.question.casefold().split())


def _lack(question: DatasetQuestion, mapping: ColumnMapping) -> str:
    """Reason why a row is left out; empty if it is complete."""
    if not question.question.strip() or not (question.answer or mapping.correct):
        return INCOMPLETE
    if mapping.model_answer and not question.model_answer:
        return f"without an answer in the column {mapping.model_answer!r}"
    if mapping.correct and question.correct is None:
        return f"without a label in the column {mapping.correct!r}"
    return ""


def _group_repeated(questions: Sequence[DatasetQuestion]) -> list[DatasetQuestion]:
    """Put answers to one question into one group, so that no split divides them."""
    counts = Counter(map(_key, questions))
    return [
        replace(one, group=one.question) if counts[_key(one)] > 1 and not one.group else one
        for one in questions
    ]


def usable(dataset: Dataset) -> Dataset:
    """Return the data set if it can be studied.

    Raises:
        BadRequest: it cannot be studied; the text lists its problems.
    """
    if not dataset.preview.dataset:
        raise BadRequest(" ".join(dataset.preview.problems))
    return dataset
