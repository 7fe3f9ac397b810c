"""The reading of next tokens: early, late, never, and the model's own word, as planted."""

from collections.abc import Mapping

import numpy as np

from model_backend.reading import Evidence, Kind, Predictions, Reading, Region, read_grid
from tests.model_backend.planted import grid_of, said, text_of

LAST = 12
TOKENS = (
    *("<s>", " The", " capital", " of", " Peru", " is", " Lima", "."),
    *(" The", " capital", " of", " Chile", " is", " Santiago", "."),
    *(" The", " capital", " of", " Italy", " is"),
)
OWN = {"Rome": 0.7, "Milan": 0.2, "Turin": 0.03}
VOCABULARY = ["Rome", "Milan", "Turin", "city", "the"]


def probabilities(rises: Mapping[int, tuple[int, float]]) -> np.ndarray:
    """From a layer on, each of some positions foresees its next token with a probability."""
    values = np.full((LAST + 1, len(TOKENS)), 0.01)
    values[0] = 0.99
    for position, (layer, height) in rises.items():
        values[layer:, position] = height
    return values


RISES = {
    1: (8, 0.8), 8: (8, 0.8), 15: (8, 0.9),                       # The -> capital
    2: (7, 0.9), 9: (3, 0.9), 16: (3, 0.9),                       # capital -> of
    4: (11, 0.8), 11: (8, 0.8), 18: (8, 0.9),                     # Peru, Chile, Italy -> is
    5: (LAST, 0.81), 12: (LAST, 0.92),                            # is -> Lima, Santiago
    6: (8, 0.7), 13: (8, 0.7),                                    # Lima, Santiago -> .
    19: (9, 0.7),
}  # fmt: skip


def own_word() -> Predictions:
    """On top from layer 10 on; "city" below, where Rome is third."""
    ids = np.full((LAST + 1, len(TOKENS), 3), 3)
    ids[10:] = (0, 1, 2)
    probs = np.full(ids.shape, 0.4)
    probs[10:] = (0.7, 0.2, 0.01)
    next_probs = probabilities(RISES)
    next_probs[9:, 19] = (0.15, 0.3, 0.5, 0.7)
    ranks = np.where(ids[..., 0] == 0, 1.0, 3.0)
    return Predictions(ids, probs, VOCABULARY, next_probs, ranks)


def reading(in_view: Region | None = None) -> Reading:
    left_out = np.arange(len(TOKENS)) == 0
    grid = grid_of(
        probabilities(RISES), "probability", name="next-token probability", tokens=TOKENS
    )
    return read_grid(grid, left_out, Evidence(own_word(), in_view=in_view))


def test_the_mean_is_told_where_it_is_low_where_it_jumps_and_at_the_end() -> None:
    means = probabilities(RISES)[:, 1:-1].mean(axis=1)
    text = text_of(reading(), Kind.SHORT)
    assert f"at most {100 * means[2]:.1f} % up to layer 2" in text
    assert f"{100 * means[8]:.0f} % at layer 8, {100 * means[-1]:.0f} % at layer 12." in text
    assert "13 of 18 next tokens are at 50 % or more at layer 12." in text


def test_what_repeats_foresee_earlier_than_its_first_time_is_earliest() -> None:
    [found] = [one for one in said(reading(), Kind.STANDS_OUT) if one.text.startswith("Earliest")]
    assert found.text == (
        'Earliest: " capital" → " of", at 50 % or more first at layer 7 the first time, at layer 3 '
        "in each of the two repeats: earlier once the text has said it."
    )
    assert {region.first_position for region in found.regions} == {2, 9, 16}


def test_next_tokens_that_come_together_are_grouped_by_what_they_are() -> None:
    [found] = [one for one in said(reading(), Kind.LAYERS) if "from layer 8 to the end" in one.text]
    assert '" The" → " capital"' in found.text
    assert '" Chile" and " Italy" → " is"' in found.text
    assert '" Lima" and " Santiago" → "."' in found.text
    assert found.text.endswith('The first time only from layer 11 on (" Peru").')


def test_what_only_the_last_layer_foresees_is_told_with_the_layer_below() -> None:
    [found] = [one for one in said(reading(), Kind.LAYERS) if one.text.startswith("Only")]
    assert found.text == (
        'Only at the last layer: " is" → " Lima" 81 %, " Santiago" 92 %; one layer below, both are '
        "at 1.0 % or less."
    )


def test_equal_tokens_behind_which_nothing_is_foreseen_are_never() -> None:
    text = text_of(reading(), Kind.ABSENT)
    assert text.startswith(
        'Never foreseen: which token follows " of" (" Peru", " Chile" and " Italy"): 1.0 %, 1.0 % '
        "and 1.0 % at the end, never more than 1.0 %."
    )


def test_the_models_own_word_is_told_with_its_rivals_and_its_way_up() -> None:
    text = text_of(reading(), Kind.OWN_WORD)
    assert text == (
        'After " is": "Rome" 70 % ("Milan" 20 %); on top from layer 10 on, 30 % at 10, 50 % at 11. '
        'At layer 9 "city" was on top with 40 %, "Rome" third with 15 %.'
    )


def test_there_is_no_own_word_where_the_text_does_not_end() -> None:
    left_out = np.arange(len(TOKENS)) == 0
    values = probabilities(RISES)
    grid = grid_of(values, "probability", name="next-token probability", tokens=TOKENS)
    elsewhere = read_grid(grid, left_out, Evidence(own_word(), ends_text=False))
    assert not said(elsewhere, Kind.OWN_WORD)


def test_ranks_tell_the_same_story_in_whole_numbers() -> None:
    values = probabilities(RISES)
    ranks = np.where(values >= 0.5, 1.0, 1234.0)
    grid = grid_of(ranks, "", name="next-token rank", tokens=TOKENS)
    found = read_grid(grid, np.arange(len(TOKENS)) == 0, Evidence(own_word()))
    assert "13 of 18 next tokens are at rank 1 at layer 12." in text_of(found, Kind.SHORT)
    assert "1,234, 1,234 and 1,234 at the end, never better than 1,234." in text_of(
        found, Kind.ABSENT
    )


def test_roles_of_long_texts_are_told_early_and_late() -> None:
    """Full stops from layer 4 on, names only at the last, in a text of 200 tokens."""
    pattern = (" the", " boat", ".", " Rome")
    tokens = tuple(
        pattern[at % 4] + ("" if at % 4 == 2 else "abcdefg"[at % 7]) for at in range(200)
    )
    values = np.full((LAST + 1, 200), 0.02)
    following = np.roll(np.arange(200) % 4, -1)
    values[4:, following == 2] = 0.9
    values[LAST, following == 3] = 0.6
    grid = grid_of(values, "probability", name="next-token probability", tokens=tokens)
    text = text_of(read_grid(grid), Kind.LAYERS)
    assert (
        "Foreseen most: names, of which 50 of 50 end at 50 % or more; least: other words, 0" in text
    )
    assert "Early: punctuation, half of what is foreseen from layer 4 on." in text
    assert "Late: names, half from layer 12 on." in text


def test_guesses_are_followed_to_the_layer_where_they_stay() -> None:
    ids = np.full((LAST + 1, len(TOKENS), 1), 4)
    ids[7:, :10] = 0
    ids[11:, 10:] = 0
    probs = np.full(ids.shape, 0.6)
    shares = probs[..., 0]
    given = Predictions(ids, probs, VOCABULARY, shares, np.ones_like(shares))
    grid = grid_of(shares + 0.001 * np.arange(LAST + 1)[:, None], "probability",
                   name="lens confidence", tokens=TOKENS)  # fmt: skip
    texts = [one.text for one in said(read_grid(grid, None, Evidence(given)), Kind.LAYERS)]
    assert texts[0].startswith(
        "The last layer's guess is on top to the end from layer 11 on for half of the tokens, from "
        "11 for eight of ten."
    )
    assert texts[1] == (
        "At layers 1 to 6, the first guess is at 50 % or more in 120 cells; in 0 % of these it is "
        'the last layer\'s guess. Most frequent: "the" (120 times).'
    )


def test_a_zoom_on_some_layers_calls_no_layer_the_last_and_none_the_first() -> None:
    for rows in ((0, LAST - 1), (5, LAST)):
        zoomed = reading(Region(*rows, 0, len(TOKENS) - 1))
        text = " ".join(one.text for one in zoomed.first)
        assert "In view: " in text
        assert not any(word in text for word in ("Earliest", "last layer:", "Never foreseen"))
    whole = reading(Region(1, LAST, 0, len(TOKENS) - 1))
    assert "Earliest" in text_of(whole, Kind.STANDS_OUT)


def test_a_zoom_on_later_tokens_calls_none_the_first_time() -> None:
    zoomed = reading(Region(0, LAST, 7, len(TOKENS) - 1))
    text = " ".join(one.text for one in zoomed.first)
    assert "first time" not in text and "repeat" not in text
    assert "12 rows, 13 tokens" in text and "the first token" not in text
