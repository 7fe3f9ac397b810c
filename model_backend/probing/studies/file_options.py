"""Options of the command line that say how a file of questions is read."""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import replace

from model_backend.api.datasets import COLUMN_ROLES, SEPARATORS, DatasetPreview, LabelScope, Upload
from model_backend.api.errors import BackendError, counted
from model_backend.api.validation import expand_home
from model_backend.probing.data.dataset import read_upload
from model_backend.probing.studies.service import LocalStudyService


def add_file_options(option: Callable[..., object]) -> None:
    """Add the options with ``option``, a parser's ``add_argument``."""
    option(
        "--column",
        action="append",
        dest="columns",
        default=[],
        metavar="ROLE=NAME",
        help=f"column of a file for one of {', '.join(COLUMN_ROLES)}; repeatable, other roles are "
        "guessed by column name",
    )
    option(
        "--question",
        metavar="TEMPLATE",
        help="question of several columns of a file, such as '{sentence} {q_instruct}'",
    )
    option(
        "--separator",
        choices=SEPARATORS[1:],
        help="sign between several right answers in one cell of a file",
    )
    option(
        "--label-scope",
        choices=[scope.value for scope in LabelScope],
        help="part of an answer that is searched for a right answer (default: first sentence, or "
        "whole answer for worked arithmetic)",
    )


def choose_dataset(service: LocalStudyService, options: argparse.Namespace) -> str:
    """Find the data set of the options, or upload its file and print its preview.

    Raises:
        BackendError: the file cannot be studied, or options for files are given without one.
    """
    name, changes = options.dataset, _changes(options)
    if any(name == preview.dataset for preview in service.datasets()):
        if changes:
            first, *others = _given(options)
            them = "them" if others else first
            needs = f"{' and '.join([first, *others])} need{'' if others else 's'} a file"
            raise BackendError(f"{needs}; {name} is a stored data set. Leave {them} out.")
        return name
    path = expand_home(name)
    try:
        upload = Upload(path.name, path.read_bytes())
    except OSError as error:
        raise BackendError(f"The data set {name} cannot be read: {error.strerror}.") from error
    guessed = read_upload(upload).preview.mapping
    preview = service.upload(
        replace(upload, mapping=replace(guessed, **changes)) if changes else upload
    )
    _print(preview)
    if not preview.dataset:
        raise BackendError(f"{path.name} cannot be studied. Correct the problems above.")
    return preview.dataset


def _given(options: argparse.Namespace) -> list[str]:
    given = {
        "--column": options.columns,
        "--question": options.question,
        "--separator": options.separator,
        "--label-scope": options.label_scope,
    }
    return [name for name, value in given.items() if value not in (None, [])]


def _changes(options: argparse.Namespace) -> dict[str, str]:
    """Fields of the mapping that the options set."""
    set_ = {
        "template": options.question,
        "separator": options.separator,
        "scope": options.label_scope,
    }
    return {
        **read_columns(options.columns),
        **{name: value for name, value in set_.items() if value is not None},
    }


def read_columns(said: Sequence[str]) -> dict[str, str]:
    """Parse the ``--column`` options: ``question=NAME``; an empty name means no such column.

    Raises:
        BackendError: an option is written otherwise, or a role has two columns.
    """
    columns: dict[str, str] = {}
    for each in said:
        role, equals, name = each.partition("=")
        if not equals or role not in COLUMN_ROLES:
            known = ", ".join(f"{role}=NAME" for role in COLUMN_ROLES)
            raise BackendError(f"--column takes one of {known}; this is {each!r}.")
        if role in columns:
            raise BackendError(f"--column names two for the {role}: {columns[role]!r}, {name!r}.")
        columns[role] = name
    return columns


def _print(preview: DatasetPreview) -> None:
    if preview.n_rows:
        print(_count_line(preview))
    if preview.mapping.template and preview.first:
        print(f"The first question is: {preview.first[0].question}")
    for problem in preview.problems:
        print(problem)


def _count_line(preview: DatasetPreview) -> str:
    return (
        f"{preview.name}: {counted(preview.n_rows, 'row')}, "
        f"{counted(preview.n_usable, 'question')} in {counted(preview.n_groups, 'group')}; "
        f"left out as repeated: {preview.n_duplicates:,}, "
        f"incomplete: {preview.n_empty:,}"
    )
