"""Guesses which columns of a file hold what, and checks a person's own choice."""

from collections.abc import Sequence

from model_backend.api.datasets import ColumnMapping
from model_backend.probing.data.questions import check_template
from model_backend.probing.data.rows import BadLine

GUESSES = {
    "question": ("question", "prompt", "query", "q", "input"),
    "answer": ("right_answer", "answer", "gold", "target", "a", "output", "correct_answer"),
    "aliases": ("aliases", "alias", "alternatives", "other_answers"),
    "wrong_answers": (
        "wrong_answers",
        "wrong_answer",
        "incorrect_answers",
        "incorrect_answer",
        "distractors",
    ),
    "group": ("group", "subject", "entity", "topic"),
    "split": ("split", "fold", "subset"),
    "model_answer": ("model_answer", "generated_answer"),
    "exact_answer": ("exact_answer",),
    "correct": ("correct", "is_correct", "is_right", "automatic_correctness"),
}
"""Column names that are recognised for each role, in any case."""
TEMPLATES = (("sentence", "q_instruct"),)
"""Columns that are known to make a question together."""
RIGHT, SAID = "right_answer", "answer"
"""Columns of a study's own table of answers, in which the answer is the model's."""


def guess_mapping(columns: Sequence[str]) -> ColumnMapping:
    """Columns by role, from their names; no name where none is known."""
    known = {column.lower().strip(): column for column in reversed(columns)}
    found = {
        role: next((known[name] for name in names if name in known), "")
        for role, names in GUESSES.items()
    }
    if not found["model_answer"] and RIGHT in known and SAID in known:
        found["model_answer"] = known[SAID]
    together = next((names for names in TEMPLATES if all(name in known for name in names)), ())
    if together:
        found["question"] = ""
    return ColumnMapping(**found, template=" ".join(f"{{{known[name]}}}" for name in together))


def check_mapping(mapping: ColumnMapping, columns: Sequence[str]) -> None:
    """Refuse a mapping that names columns which are not there, or too few.

    Raises:
        BadLine: with the columns that there are.
    """
    there = ", ".join(columns[:20])
    if mapping.template:
        check_template(mapping.template, columns)
    elif not mapping.question:
        example = " ".join(f"{{{column}}}" for column in columns[:2])
        raise BadLine(
            f"No column holds the question. Choose one of: {there}. Or write a question of several "
            f"columns, such as {example}."
        )
    if not (mapping.answer or mapping.correct):
        raise BadLine(f"No column holds the answer. Choose one of: {there}.")
    for role, column in mapping.columns.items():
        if column and column not in columns and not (role == "question" and mapping.template):
            what = role.replace("_", " ")
            raise BadLine(f"There is no column {column!r} for the {what}; there are: {there}.")
