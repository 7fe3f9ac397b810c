"""Sequences of suffixes: where they are used, what they hold, and the budget that they keep."""

import pytest

from model_backend.engine.patching.portions import Portions
from model_backend.engine.patching.suffixes import Suffixes, count_slots, fold_cells
from tests.model_backend.engine.patching.patched import prepared

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
PLENTY = 2**30
SHARED = (
    *("llama", "gpt2", "gpt_neox", "opt, norm after", "qwen3_moe", "mixtral", "falcon, new"),
    *("olmo2", "granite", "phi3"),
)
"""Families whose cells read the text's own keys and values; the others' windows are shorter than
the text, or their biases for distance cannot be given from outside."""


def portions_of(variant: str, budget: int = PLENTY) -> Portions:
    return Portions(prepared(variant).patchings[0], budget)


@pytest.mark.parametrize("variant", SHARED)
def test_cells_of_most_families_run_their_suffixes_alone(variant: str) -> None:
    (layout,) = portions_of(variant).layouts(range(2, 7))
    assert isinstance(layout, Suffixes)
    assert layout.n_slots == 15  # 5 + 1, 4 + 2 and 3 tokens in three sequences of 5


def test_a_window_shorter_than_the_text_makes_each_cell_a_whole_text() -> None:
    (layout,) = portions_of("mistral").layouts(range(2, 7))
    assert not isinstance(layout, Suffixes)
    assert layout.n_slots == 5 * 7


@pytest.mark.parametrize("variant", ["llama", "mistral"])
@pytest.mark.parametrize("n_slots", [7, 15, 31])
def test_sequences_that_run_at_once_stay_within_the_budget(variant: str, n_slots: int) -> None:
    portions = portions_of(variant, n_slots * portions_of(variant).slot_bytes)
    layouts = list(portions.layouts(range(7)))
    assert max(layout.n_slots for layout in layouts) * portions.rows_at_once(range(7)) <= n_slots
    assert sorted(cell for layout in layouts for cell in layout.cells) == list(range(7))
    assert len(layouts) == portions.count(range(7))


@pytest.mark.parametrize("cells", [range(1, 32), [3, 9, 10, 30], [31], range(32)])
def test_suffixes_fill_sequences_as_long_as_the_longest(cells: list[int]) -> None:
    folded, longest = fold_cells(cells, 32), 32 - min(cells)
    assert sorted(cell for group in folded for cell in group) == list(cells)
    assert max(count_slots(group, 32) for group in folded) == longest
    assert len(folded) * longest < count_slots(cells, 32) + 2 * longest
