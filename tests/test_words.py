"""Plain words: docstrings start with a thing or a verb, and no word needs decoding."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
CODE = sorted(
    file
    for place in ("dashboard", "model_backend", "benchmarks", "tests")
    for file in (ROOT / place).rglob("*.py")
)
SCRIPTS = sorted(file for kind in ("js", "css") for file in ROOT.glob(f"assets/**/*.{kind}"))
PAGES = sorted(
    file for file in (*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")) if file.name != "decisions.md"
)

OPENING = re.compile(r"(What|How|Where|Whether|Of|Which|Why|Whose|Who)\b")
DIALECT = re.compile(
    r"\b(anew|whoever|told of|to be had|stands beside|stand beside|goes on with|gone on with)\b",
    re.IGNORECASE,
)
MOST_OPENINGS = 0.05
THIS = Path(__file__)


def docstrings(file: Path) -> Iterator[str]:
    """Docstrings of the module, its classes and functions, and the texts below their fields."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            if isinstance(node.value.value, str):
                yield node.value.value


def test_few_docstrings_open_with_a_question_word() -> None:
    texts = [text for file in CODE for text in docstrings(file)]
    opening = [text for text in texts if OPENING.match(text)]
    assert len(texts) > 1000
    assert len(opening) <= MOST_OPENINGS * len(texts), sorted(opening)[:40]


def test_no_sentence_needs_decoding() -> None:
    found = [
        f"{file.relative_to(ROOT)}:{n}: {line.strip()}"
        for file in (*CODE, *SCRIPTS, *PAGES)
        for n, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1)
        if file != THIS and DIALECT.search(line)
    ]
    assert len(CODE) > 500 and len(SCRIPTS) > 50 and len(PAGES) > 5
    assert found == []
