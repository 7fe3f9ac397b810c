"""Writes docs/families.md: ``python -m tests.model_backend.zoo.page`` examines every type."""

import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.model_backend.zoo.making import CAUSAL_TYPES
from tests.model_backend.zoo.sweep import ENCODER_TYPES, Outcome, TypeRow, examine

PAGE = Path(__file__).parents[3] / "docs" / "families.md"

HEAD = Path(__file__).with_name("families_head.md")


SHARES = ("lens", "writes", "attention", "neurons")


def families_page(rows: Iterable[TypeRow]) -> str:
    """Text of docs/families.md."""
    rows = list(rows)
    counts = Counter(row.outcome for row in rows)
    taken = [row for row in rows if row.outcome is Outcome.TAKEN]
    full = [row for row in taken if row.writes and row.attention and row.neurons]
    n = {name: sum(bool(getattr(row, name)) for row in taken) for name in SHARES}
    said = (
        f"Of {len(rows)} types {len(taken)} are taken: {n['lens']} with the logit lens, "
        f"{n['writes']} with writes, {n['attention']} with attention, {n['neurons']} with neurons, "
        f"{len(full)} with all of these. {counts[Outcome.BY_DESIGN]} are refused by design, "
        f"{counts[Outcome.REFUSED]} for another reason.\n"
    )
    return "\n".join((HEAD.read_text("utf-8"), said, *_taken(taken), *_refused(rows)))


def line_of(row: TypeRow) -> str:
    """Line of a type in its table."""
    if row.outcome is not Outcome.TAKEN:
        return f"| `{row.model_type}` | {row.outcome} | {row.refused} |"
    shares = (row.writes, row.attention, row.neurons)
    cells = (row.blocks, "yes" if row.lens else "-", *(share or "-" for share in shares))
    return f"| `{row.model_type}` | {' | '.join(cells)} | {row.failed or '-'} |"


def page_lines() -> dict[str, str]:
    """Lines of the page as it is, by type."""
    page = PAGE.read_text("utf-8").splitlines()
    return {line.split("`")[1]: line for line in page if line.startswith("| `")}


def without_numbers(line: str) -> str:
    """A line without errors, whose digits differ from machine to machine."""
    return re.sub(r"\d+(\.\d+)?(e[+-]?\d+)?|inf", "#", line)


def _taken(rows: list[TypeRow]) -> Iterator[str]:
    yield "| type | blocks | lens | writes | attention | neurons | laws that fail |"
    yield "|---|---|---|---|---|---|---|"
    yield from map(line_of, rows)


def _refused(rows: list[TypeRow]) -> Iterator[str]:
    yield "\n## Refused\n"
    yield "| type | refused | reason |"
    yield "|---|---|---|"
    yield from (line_of(row) for row in rows if row.outcome is not Outcome.TAKEN)
    yield ""


def main() -> None:
    """Examine every type and write the page."""
    rows = []
    for model_type in (*CAUSAL_TYPES, *ENCODER_TYPES):
        rows.append(examine(model_type))
        print(line_of(rows[-1]), file=sys.stderr, flush=True)
    PAGE.write_text(families_page(rows), encoding="utf-8")


if __name__ == "__main__":
    main()
