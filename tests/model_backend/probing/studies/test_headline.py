"""A headline starts with the verdict that the numbers support, and claims no more."""

from dataclasses import replace

import pytest

from model_backend.api.maps.sites import Site
from model_backend.api.study_results import (
    Best,
    CellName,
    Estimate,
    Extraction,
    Reference,
    ReferenceKind,
)
from model_backend.probing.studies.headline import write_headline

WINNING, TIED, LOSING = (
    Estimate(0.06, 0.02, 0.1),
    Estimate(0.01, -0.02, 0.04),
    Estimate(-0.06, -0.1, -0.02),
)
"""Probe minus baseline."""


def best(nested: Estimate, threshold: float = 0.62) -> Best:
    cell, naive = CellName(Site.RESID_POST, 2, 5), Estimate(0.85, 0.8, 0.9)
    return Best(cell, naive, nested, {}, threshold, 3, 42)


def baseline(name: str, auc: float, difference: Estimate) -> Reference:
    estimate = Estimate(auc, auc - 0.05, auc + 0.05)
    return Reference(name, ReferenceKind.BASELINE, estimate, difference, "What it is.")


def control(name: str, difference: Estimate) -> Reference:
    return Reference(
        name, ReferenceKind.CONTROL, Estimate(0.9, 0.85, 0.95), difference, "What it is."
    )


def headline(*references: Reference, nested: float = 0.82) -> tuple[str, ...]:
    found = best(Estimate(nested, nested - 0.05, nested + 0.05))
    return write_headline(found, references, "2", "exact_answer_last")


@pytest.mark.parametrize(
    ("difference", "verdict"),
    [
        (WINNING, "The best probe beats the best baseline, certainty: "),
        (TIED, "A baseline without activations, certainty, ties the best probe: "),
        (LOSING, "A baseline without activations, certainty, beats the best probe: "),
    ],
)
def test_the_first_sentence_compares_the_probe_with_the_strongest_baseline(
    difference: Estimate, verdict: str
) -> None:
    said = headline(baseline("brevity", 0.6, WINNING), baseline("certainty", 0.8, difference))
    numbers = "0.820 [0.770, 0.870] against 0.800 [0.750, 0.850], a difference of "
    assert said[0] == f"{verdict}{numbers}{difference}."
    assert "brevity" not in " ".join(said)


@pytest.mark.parametrize("edge", ["low", "high"])
def test_a_difference_whose_interval_ends_at_zero_is_a_tie(edge: str) -> None:
    ends = Estimate(0.05, 0.0, 0.1) if edge == "low" else Estimate(-0.05, -0.1, 0.0)
    assert "ties the best probe" in headline(baseline("certainty", 0.8, ends))[0]


def test_without_a_baseline_the_first_sentence_is_the_nested_auc() -> None:
    said = headline(control("answer text", WINNING))
    expected = "A probe tells right answers from wrong ones with a nested AUC of "
    assert said[0] == f"{expected}0.820 [0.770, 0.870]."
    assert "baseline" not in " ".join(said)


@pytest.mark.parametrize("nested", [0.3, 0.5, 0.55])
def test_a_best_cell_at_chance_is_the_first_sentence_for_any_baseline(nested: float) -> None:
    said = headline(baseline("certainty", 0.4, WINNING), nested=nested)
    assert said[0].startswith("No probe is shown to tell right answers from wrong ones")
    assert said[0].endswith("and 0.5 is chance.")
    assert "beats" not in " ".join(said) and "can be read off" not in " ".join(said)


def test_a_control_as_good_as_the_probe_adds_a_caution() -> None:
    texts = [" ".join(headline(control("answer text", how))) for how in (TIED, WINNING)]
    assert ["which is as good" in text for text in texts] == [True, False]
    assert all("the tokens of the answer alone reaches 0.900" in text for text in texts)


def test_a_control_at_chance_in_a_small_study_is_not_called_as_good() -> None:
    at_chance = replace(control("answer text", TIED), auc=Estimate(0.46, 0.3, 0.63))
    text = " ".join(headline(at_chance))
    assert "as good" not in text and "so few answers do not tell the two apart" in text


@pytest.mark.parametrize(
    ("threshold", "said"),
    [(0.62, " is above what"), (0.9, " is not above what"), (float("nan"), "")],
)
def test_the_threshold_of_chance_is_reported_if_it_was_computed(
    threshold: float, said: str
) -> None:
    found = best(Estimate(0.82, 0.77, 0.87), threshold)
    text = " ".join(write_headline(found, (), "2", "exact_answer_last"))
    assert said in text
    assert ("what chance reaches" in text) == bool(said)


def extraction(n_held: int, n_cut_off: int = 0) -> Extraction:
    share = Estimate(n_held / 100, n_held / 100 - 0.1, n_held / 100 + 0.1)
    return Extraction({"found by the model": 200}, 100, n_held, share, 0.0, 1.0, 0.9, n_cut_off)


def headline_with(found: Extraction, *references: Reference) -> tuple[str, ...]:
    return write_headline(
        best(Estimate(0.82, 0.77, 0.87)), references, "2", "last_q", extraction=found
    )


@pytest.mark.parametrize(("n_held", "is_first"), [(79, True), (80, False)])
def test_poor_recall_comes_before_anything_else(n_held: int, is_first: bool) -> None:
    said = headline_with(extraction(n_held), control("answer form", TIED))
    [sentence] = [one for one in said if f"{n_held} of 100 right answers" in one]
    assert (said[0] == sentence) == is_first
    assert ("which answers are brief" in sentence) == is_first


@pytest.mark.parametrize(
    ("difference", "is_first"), [(TIED, True), (LOSING, True), (WINNING, False)]
)
def test_a_form_that_tells_as_much_as_the_probe_comes_first(
    difference: Estimate, is_first: bool
) -> None:
    said = headline(baseline("certainty", 0.8, WINNING), control("answer form", difference))
    assert ("sees only the form of the answer" in said[0]) == is_first


def test_methods_shares_extra_words_and_cut_off_answers_are_told() -> None:
    text = " ".join(headline_with(extraction(90, n_cut_off=1)))
    assert "Exact answers: 200 found by the model." in text
    assert "Found in 100 % of right and 90 % of wrong answers." in text
    assert "It has 0 words beside the right answer (median)." in text
    assert "Cut off at the longest answer allowed: 1 answer." in text
