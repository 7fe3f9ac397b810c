"""``python -m model_backend.measures_doc`` writes docs/measures.md from the rows of measures."""

from collections.abc import Iterator
from pathlib import Path

from model_backend.api.maps.measure_specs import Group
from model_backend.api.maps.measures import measure_specs

PAGE = Path(__file__).parents[1] / "docs" / "measures.md"
HEAD = """# Measures

Made by `python -m model_backend.measures_doc` from the rows in `model_backend/measures/`.

The id is stored in links, files and studies and never changes; the page shows it unless another
name is given. The first site is the usual one. Measures of the group *Attention* are taken
when one of them is chosen, those of the group *Probe* need a finished study, and all others come
with every map.

**A new measure** is a new file in `model_backend/measures/` with a function and a `MeasureSpec` in
`MEASURES`, and its test. Its group, help, tooltip, table, reading, exports and links follow, and
this page when it is made again.
"""


def measures_page() -> str:
    """The page as it should be."""
    return HEAD + "".join(line for group in Group for line in _lines(group))


def _lines(group: Group) -> Iterator[str]:
    yield f"\n## {group.value}\n\n| id | in Python | of every cell | unit | sites | file |\n"
    yield "|---|---|---|---|---|---|\n"
    for spec in measure_specs():
        if spec.group is group:
            sites = ", ".join(f"`{site}`" for site in spec.sites if site not in spec.absent_at)
            file = spec.of.__module__.rpartition(".")[2]
            shown = "" if spec.label == spec.id else f" ({spec.label})"
            arguments = "".join(f", {argument.name}=..." for argument in spec.arguments)
            name = f'Measure("{spec.id}"{arguments})' if arguments else spec.name
            cells = (f"{spec.id}{shown}", f"`{name}`", spec.subtitle, spec.unit or "-")
            yield f"| {' | '.join(cells)} | {sites or '-'} | `{file}.py` |\n"


if __name__ == "__main__":
    PAGE.write_text(measures_page(), encoding="utf-8")
