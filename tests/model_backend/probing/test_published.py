"""The published maps are the paper's, complete, and cannot be changed."""

import numpy as np
import pytest

from model_backend import NAMED_POSITIONS, published_maps


def peak(dataset: str) -> tuple[float, int, str]:
    grid = next(found.grid for found in published_maps() if found.dataset == dataset)
    row, position = np.unravel_index(grid.values.argmax(), grid.values.shape)
    return round(float(grid.values.max()), 3), int(row), grid.token_labels[position]


def test_there_are_nine_of_32_layers_over_named_positions() -> None:
    maps = published_maps()
    assert len({found.dataset for found in maps}) == 9
    assert all(len(found.grid.layer_labels) == 32 for found in maps)
    assert all(set(found.grid.token_labels) <= set(NAMED_POSITIONS) for found in maps)


@pytest.mark.parametrize(
    ("dataset", "auc", "layer", "position"),
    [
        ("TriviaQA", 0.844, 13, "exact_answer_first"),
        ("Winobias", 0.901, 18, "exact_answer_last"),
        ("Math", 0.923, 13, "exact_answer_last"),
        ("HotpotQA", 0.848, 20, "last_q"),
        ("Movies", 0.821, 18, "exact_answer_before_first"),
    ],
)
def test_the_peaks_are_where_the_paper_has_them(
    dataset: str, auc: float, layer: int, position: str
) -> None:
    assert peak(dataset) == (auc, layer, position)


def test_every_value_is_an_auc_and_says_where_it_is_from() -> None:
    for found in published_maps():
        assert found.grid.values.min() >= 0.5
        assert found.grid.values.max() <= 1
        assert "arXiv 2410.02707" in found.source


def test_nobody_can_change_them() -> None:
    with pytest.raises(ValueError, match="read-only"):
        published_maps()[0].grid.values[0, 0] = 1
