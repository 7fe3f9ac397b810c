"""Readings of SmolLM2-135M-Instruct on two texts, against what people found in its maps by hand.

``FACT`` repeats one sentence about four capitals and leaves the last capital out; ``RIVER`` is a
text of 356 tokens on the Danube. Numbers in the sentences are checked against the maps.
"""

import re

import numpy as np
import pytest

from model_backend import (
    Evidence,
    Inspection,
    InspectRequest,
    Kind,
    LocalBackend,
    Measure,
    Predictions,
    Reading,
    read_grid,
)

pytestmark = pytest.mark.slow

FACT = (
    "The capital of France is Paris. The capital of Germany is Berlin. The capital of Italy is "
    "Rome. The capital of Spain is"
)
RIVER = """\
The Danube rises in the Black Forest of Germany, where two small streams, the Brigach and the
Breg, meet near the town of Donaueschingen. From there it flows east for almost 2,850
kilometres, through or along ten countries, before it reaches the Black Sea. It passes four
capital cities: Vienna, Bratislava, Budapest and Belgrade. No other river in the world does
so. In Roman times it was the northern border of the empire, and the soldiers who guarded it
built camps that later became towns. In the Middle Ages merchants carried salt, wine and cloth
along its banks, and in the nineteenth century steamboats made it one of the busiest waterways
of Europe. Today barges loaded with grain, gravel and steel pass through a series of locks,
and a canal joins the river to the Main and so to the Rhine and the North Sea. The delta,
where the river divides into three main arms, is home to pelicans, sturgeon and thousands of
reed warblers. Each spring the snow of the Alps melts and the water rises; in some years it
floods the low meadows, and people in the villages carry their furniture to the upper floor.
In winter, when the wind comes from the plains, ice forms along the edges, and the fishermen
pull their boats onto the shore. The river has had many names. The Greeks called it Istros,
the Romans Danubius, the Germans call it Donau, the Hungarians Duna and the Romanians Dunarea.
Which river in Europe is longer? Only one: the Volga, which flows through Russia to the
Caspian Sea. The capital of Austria, which lies on the Danube, is Vienna, and the capital of
Hungary is Budapest.""".replace("\n", " ")


def inspect(backend: LocalBackend, text: str) -> Inspection:
    return backend.inspect(InspectRequest(backend.models()[0].name, text, attention=True))


def read(backend: LocalBackend, found: Inspection, measure: Measure) -> Reading:
    predictions = Predictions(
        found.top_ids,
        found.top_probs,
        backend.vocabulary(found.model),
        found.grids[Measure.NEXT_TOKEN_PROBABILITY].values,
        found.grids[Measure.NEXT_TOKEN_RANK].values,
    )
    evidence = Evidence(
        predictions,
        norms=found.grids[Measure.RESIDUAL_NORM].values,
        received=found.grids[Measure.ATTENTION_RECEIVED].values,
        per_layer=measure.spec.per_layer,
    )
    return read_grid(found.grids[measure], found.is_sink, evidence)


def text_of(reading: Reading, kind: Kind) -> str:
    return " ".join(one.text for one in reading.first if one.kind is kind)


@pytest.fixture(scope="module")
def fact(smollm2: LocalBackend) -> Inspection:
    return inspect(smollm2, FACT)


@pytest.fixture(scope="module")
def foreseen(smollm2: LocalBackend, fact: Inspection) -> Reading:
    return read(smollm2, fact, Measure.NEXT_TOKEN_PROBABILITY)


@pytest.fixture(scope="module")
def river(smollm2: LocalBackend) -> Inspection:
    return inspect(smollm2, RIVER)


@pytest.fixture(scope="module")
def lengths(smollm2: LocalBackend, river: Inspection) -> Reading:
    return read(smollm2, river, Measure.RESIDUAL_NORM)


def percentages(text: str) -> list[float]:
    return [float(number) for number in re.findall(r"([\d.]+) %", text)]


def test_most_of_the_four_capitals_is_decided_late(foreseen: Reading) -> None:
    text = text_of(foreseen, Kind.SHORT)
    assert text.startswith("Most of it is decided late: the mean is at most ")
    assert "up to layer 10" in text and "at layer 21" in text
    low, jump, end, half = percentages(text)
    assert low == pytest.approx(5, abs=0.5)
    assert jump == pytest.approx(38, abs=1)
    assert (end, half) == (64, 50)
    assert "16 of 24 next tokens are at 50 % or more at layer 30." in text


def test_a_repeated_pair_is_foreseen_earliest_and_earlier_in_repeats(foreseen: Reading) -> None:
    assert (
        'Earliest: " capital" → " of", at 50 % or more first at layer 19 the first time, at layer '
        "11 in each of the three repeats"
    ) in text_of(foreseen, Kind.STANDS_OUT)


def test_countries_and_cities_are_followed_from_layer_21(foreseen: Reading) -> None:
    assert (
        'from layer 21 to the end: " Germany", " Italy" and " Spain" → " is"; " Berlin" and '
        '" Rome" → ".". The first time only from layer 28 on (" France" and " Paris").'
    ) in text_of(foreseen, Kind.LAYERS)


def test_cities_come_only_at_the_last_layer(foreseen: Reading) -> None:
    assert (
        'Only at the last layer: " is" → " Paris" 77 %, " Berlin" 96 %, " Rome" 78 %; one layer '
        "below, all three are at 7.0 % or less."
    ) in text_of(foreseen, Kind.LAYERS)


def test_which_country_comes_next_is_never_foreseen(foreseen: Reading) -> None:
    text = text_of(foreseen, Kind.ABSENT)
    assert 'Never foreseen: which token follows " of" (" France", " Germany", " Italy"' in text
    assert percentages(text)[:4] == pytest.approx([9, 5, 12, 20], abs=0.5)


def test_the_models_own_next_word_is_madrid(foreseen: Reading) -> None:
    assert text_of(foreseen, Kind.OWN_WORD) == (
        'After " is": " Madrid" 74 % (" Barcelona" 13 %, " Spain" 11 %); on top at the last layer '
        'only. At layer 29 " Cast" was on top with 6.6 %, " Madrid" fourth with 4.6 %.'
    )


def test_the_length_of_the_stream_grows_with_depth(lengths: Reading, river: Inspection) -> None:
    text = text_of(lengths, Kind.SHORT)
    assert text.startswith("Depth explains nearly all: the median of a layer is 42.")
    medians = np.median(river.grids[Measure.RESIDUAL_NORM].values[:, 1:], axis=1)
    for value, layer in re.findall(r"([\d.]+) at (?:layer )?(\d+)", text):
        assert float(value) == pytest.approx(medians[int(layer)], rel=0.005)
    low, high = re.search(r"from 10 on.* between -(\d+) % and \+(\d+) %", text).groups()  # type: ignore[union-attr]
    assert abs(int(low) - 20) <= 3 and abs(int(high) - 24) <= 3


def test_six_tokens_are_long_at_layer_3_and_second_sinks(lengths: Reading) -> None:
    text = text_of(lengths, Kind.STANDS_OUT)
    assert (
        'Six tokens, all " the" after " in", " In" or " on" (positions 4, 84, 115, 131, 235 and '
        "342): 9.4, 8.5, 6.9, 5.7, 4.3 and 4.5 times the layer's median at layer 3; back to normal "
        "by layer 11."
    ) in text
    low, high = percentages(text)
    assert 3 <= low <= 4 and 20 <= high <= 21
    assert "second sinks" in text


def test_names_are_long_in_the_middle_and_pieces_short_at_the_end(lengths: Reading) -> None:
    middle, end = [one.text for one in lengths.first if one.kind is Kind.LAYERS]
    assert "names 1.2 times" in middle and "punctuation 0.80 times" in middle
    assert '" it" 1.1 times' in end and "first pieces of words 0.8" in end
    first, last = (int(layer) for layer in re.findall(r"\d+", middle)[:2])
    assert first < 12 <= last
    assert int(re.findall(r"\d+", end)[0]) >= 22


def test_there_is_no_trend_along_the_river(lengths: Reading) -> None:
    text = text_of(lengths, Kind.ABSENT)
    assert text.startswith("No trend along the text: ")
    assert percentages(text)[0] <= 10


def test_the_same_six_receive_attention_and_the_last_tokens_do_not_count(
    smollm2: LocalBackend, river: Inspection
) -> None:
    reading = read(smollm2, river, Measure.ATTENTION_RECEIVED)
    text = text_of(reading, Kind.STANDS_OUT)
    assert "(positions 4, 84, 115, 131, 235 and 342), at layers " in text
    assert "At these six the residual stream is 4." in text
    outlined = {region.last_position for one in reading.first for region in one.regions}
    assert max(outlined) == 350


@pytest.mark.parametrize("measure", ["lens confidence", "lens entropy", "lens KL to final"])
def test_every_reading_of_a_lens_names_the_models_own_word(
    smollm2: LocalBackend, fact: Inspection, measure: str
) -> None:
    reading = read(smollm2, fact, Measure(measure))
    assert '" Madrid" 74 %' in text_of(reading, Kind.OWN_WORD)
    assert "The last layer's guess is on top" in text_of(reading, Kind.LAYERS)
    assert len(reading.first) <= 8
