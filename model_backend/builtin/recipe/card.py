"""The model card: what the model is, what it was made from, and what it was measured to know."""

from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any

from transformers import LlamaForCausalLM

from model_backend.builtin.recipe import train
from model_backend.builtin.recipe.corpus import STATEMENT_SHARE

BOOKS = (
    ("Aesop, tr. V. S. Vernon Jones", "Fables"),
    ("J. M. Barrie", "Peter and Wendy"),
    ("L. Frank Baum", "The Wonderful Wizard of Oz"),
    ("Frances Hodgson Burnett", "The Secret Garden"),
    ("Lewis Carroll", "Alice's Adventures in Wonderland"),
    ("Charles Darwin", "The Voyage of the Beagle"),
    ("Arthur Conan Doyle", "The Adventures of Sherlock Holmes"),
    ("Kenneth Grahame", "The Wind in the Willows"),
    ("Rudyard Kipling", "The Jungle Book"),
    ("L. M. Montgomery", "Anne of Green Gables"),
    ("E. Nesbit", "Five Children and It"),
    ("Robert Louis Stevenson", "Treasure Island"),
    ("Mark Twain", "The Adventures of Tom Sawyer"),
    ("Mark Twain", "The Innocents Abroad"),
    ("Jules Verne, tr. George Makepeace Towle", "Around the World in Eighty Days"),
    ("Jules Verne, tr. F. P. Walter", "Twenty Thousand Leagues Under the Seas"),
    ("H. G. Wells", "The Time Machine"),
)

ROWS = {
    "capitals_of_50_large_countries": "capitals of the 50 largest countries, two wordings",
    "cities_over_a_million": "country of every city over a million people, two wordings",
    "two_digit_additions": "two-digit additions, pairs never trained on",
    "two_digit_subtractions": "two-digit subtractions, pairs never trained on",
    "places": "`data/places.csv`: country of 2,500 cities over 100,000 people",
    "places_seen": "- of these, the half drawn from the cities of the training",
    "places_unseen": "- of these, the half never seen in training",
    "sums": "`data/sums.csv`: 2,000 three-digit sums, pairs never trained on",
    "sums_additions": "- of these, additions",
    "sums_subtractions": "- of these, subtractions",
    "countries": "`data/countries.csv`: capitals, currencies, continents",
}

CARD = Template((Path(__file__).parent / "card.md").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Run:
    """Duration of the training."""

    stable_steps: int
    n_steps: int
    seconds: float
    note: str = ""


def write_card(
    folder: Path,
    model: LlamaForCausalLM,
    run: Run,
    results: dict[str, dict[str, float]],
    found: dict[str, dict[str, Any]],
) -> None:
    """Write ``README.md``; every number in it was measured or is a constant of the recipe."""
    config, prose = model.config, results["held_out_books"]
    text = CARD.substitute(
        n_layers=config.num_hidden_layers,
        width=config.hidden_size,
        n_heads=config.num_attention_heads,
        n_kv_heads=config.num_key_value_heads,
        inner=config.intermediate_size,
        n_parameters=f"{model.num_parameters():,}",
        table="\n".join(_row(name, results[name]) for name in ROWS),
        findings="\n".join(_finding(name, each) for name, each in found.items()),
        perplexity=prose["perplexity"],
        bits_per_byte=prose["bits_per_byte"],
        n_book_tokens=f"{prose['n_tokens']:,}",
        n_books=len(BOOKS),
        statement_share=round(100 * STATEMENT_SHARE),
        n_steps=f"{run.n_steps:,}",
        stable_steps=f"{run.stable_steps:,}",
        n_tokens=f"{train.count_tokens(run.n_steps) / 1e6:.1f}",
        note=f"\n{run.note}\n" if run.note else "",
        hours=f"{run.seconds / 3600:.1f}",
        warmup=train.WARMUP_STEPS,
        matrix_lr=train.MATRIX_LR,
        other_lr=train.OTHER_LR,
        books="\n".join(f"- {author}, *{title}*" for author, title in BOOKS),
    )
    (folder / "README.md").write_text(text, encoding="utf-8")


def renew_findings(folder: Path, found: dict[str, dict[str, Any]]) -> None:
    """Replace the findings in ``README.md``, a row of its table for each set of questions."""
    path = folder / "README.md"
    lines = path.read_text(encoding="utf-8").splitlines()
    rows = {f"| `{name}` |": _finding(name, each) for name, each in found.items()}
    renewed = [next((rows[key] for key in rows if line.startswith(key)), line) for line in lines]
    path.write_text("\n".join(renewed) + "\n", encoding="utf-8")


def _row(name: str, result: dict[str, float]) -> str:
    right, well_formed = f"{result['right']:.1%}", f"{result['well_formed']:.1%}"
    return f"| {ROWS[name]} | {result['n']:,} | {right} | {well_formed} |"


def _finding(name: str, found: dict[str, Any]) -> str:
    value, low, high = found["nested"]
    cells = (
        f"`{name}`",
        f"{found['n']:,} ({found['wrong']:,})",
        f"{value:.3f} [{low:.3f}, {high:.3f}]",
        f"layer {found['layer']}, `{found['position']}`",
        *(f"{auc:.3f}" for auc in found["rivals"].values()),
    )
    return f"| {' | '.join(cells)} |"
