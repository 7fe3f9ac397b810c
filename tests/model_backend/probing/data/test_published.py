"""The published maps hold the paper's numbers and are read-only."""

import hashlib

import numpy as np
import pytest

from model_backend import NAMED_POSITIONS, PublishedMap, published_maps

NUMBERS = {
    "TriviaQA": ("7dd254b9befe4221", 0.599, 0.792, 0.668),
    "Winobias": ("cd1e447f424b579c", 0.729, 0.809, 0.81),
    "Math": ("0d1f79d2da826054", 0.59, 0.865, 0.683),
    "HotpotQA": ("6270d883d7319a66", 0.642, 0.762, 0.672),
    "HotpotQA with context": ("1715e3a223ae2519", 0.501, 0.672, 0.589),
    "Movies": ("0c12564ec8ada615", 0.66, 0.793, 0.596),
    "Winogrande": ("8be1bef149f7f4bd", 0.554, 0.682, 0.673),
    "NLI (MNLI)": ("46e17a6008847467", 0.537, 0.805, 0.77),
    "IMDB": ("9d05df5bfa5d6014", 0.5, 0.974, 0.961),
}
"""Expected hash of each map (column names, then all values in thousandths, layer by layer), and
its values at the first layer and column, at layer 15 and column 4, at the last layer and column.
They were read from the paper's figures; change them only after reading the figures again."""


def peak(dataset: str) -> tuple[float, int, str]:
    grid = next(found.grid for found in published_maps() if found.dataset == dataset)
    row, position = np.unravel_index(grid.values.argmax(), grid.values.shape)
    return round(float(grid.values.max()), 3), int(row), grid.token_labels[position]


def test_there_are_nine_maps_of_32_layers_over_named_positions() -> None:
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
def test_the_peaks_are_those_of_the_paper(
    dataset: str, auc: float, layer: int, position: str
) -> None:
    assert peak(dataset) == (auc, layer, position)


def test_every_value_is_an_auc_and_every_map_names_its_source() -> None:
    for found in published_maps():
        assert found.grid.values.min() >= 0.5
        assert found.grid.values.max() <= 1
        assert "arXiv 2410.02707" in found.source


def test_the_maps_are_read_only() -> None:
    with pytest.raises(ValueError, match="read-only"):
        published_maps()[0].grid.values[0, 0] = 1


def hash_of(found: PublishedMap) -> str:
    values = np.round(1000 * found.grid.values.astype(float)).astype("<i2")
    assert np.allclose(values / 1000, found.grid.values, atol=1e-6)
    names = " ".join(found.grid.token_labels)
    return hashlib.sha256(names.encode() + values.tobytes()).hexdigest()[:16]


def test_every_number_equals_the_one_read_from_the_paper() -> None:
    assert {found.dataset: hash_of(found) for found in published_maps()} == {
        name: numbers[0] for name, numbers in NUMBERS.items()
    }


@pytest.mark.parametrize("found", published_maps(), ids=lambda found: found.dataset)
def test_three_numbers_of_each_map_are_those_of_the_paper(found: PublishedMap) -> None:
    values = found.grid.values
    said = [round(float(values[at]), 3) for at in ((0, 0), (15, 3), (31, -1))]
    assert said == list(NUMBERS[found.dataset][1:])
