"""Labels an answer to a question with a closed set of answers, such as yes and no."""

from collections.abc import Iterator, Sequence

from model_backend.answering.judging.mentions import Mention, Reading, Standing, mentions
from model_backend.answering.judging.open_answers import REFUSED, is_refusal
from model_backend.answering.judging.phrases import Phrase, Place, Text, stem
from model_backend.answering.judging.reasons import WHY, list_answers, why_right
from model_backend.answering.judging.rules import keys_of
from model_backend.api.questions import Judgement, Verdict


def judge_closed(
    question: str, answer: str, right: Sequence[Phrase], others: Sequence[Phrase]
) -> Judgement:
    """Label an answer by which one of the closed set it asserts, anywhere and in any form."""
    reading = Reading(
        question=Text(question),
        answer=Text(answer),
        offset=0,
        known=keys_of(phrase.text for phrase in others),
        right=keys_of(phrase.text for phrase in right),
        is_closed=True,
    )
    has_stems = _have_distinct_stems((*right, *others))
    rightly = [each for phrase in right for each in _mentions(reading, phrase, has_stems)]
    turned = Reading(
        reading.question, reading.answer, 0, reading.right, reading.known, is_closed=True
    )
    wrongly = [each for phrase in others for each in _mentions(turned, phrase, has_stems)]
    return _decide(answer, rightly, wrongly, right, others)


def _decide(
    answer: str,
    rightly: Sequence[Mention],
    wrongly: Sequence[Mention],
    right: Sequence[Phrase],
    others: Sequence[Phrase],
) -> Judgement:
    asserted = [each for each in rightly if each.standing is Standing.ASSERTED]
    against = [each for each in wrongly if each.standing is Standing.ASSERTED]
    spans = tuple((each.start, each.end) for each in asserted or rightly)
    if asserted and against:
        why = f"The answer asserts “{against[0].phrase}” and “{asserted[0].phrase}”."
        return Judgement(Verdict.CANNOT_TELL, why, spans)
    if asserted:
        said = answer[asserted[0].start : asserted[0].end]
        return Judgement(Verdict.RIGHT, why_right(said, asserted[0].phrase, right), spans)
    if len({each.phrase for each in against}) > 1 and len(right) + len(others) > 2:
        names = list(dict.fromkeys(each.phrase for each in against))
        why = f"The answer asserts “{names[0]}” and “{names[1]}”."
        return Judgement(Verdict.CANNOT_TELL, why, spans)
    if against:
        why = f"The answer asserts “{against[0].phrase}”, not {list_answers(right)}."
        return Judgement(Verdict.WRONG, why, spans)
    if is_refusal(answer):
        return REFUSED
    for each in (*rightly, *wrongly):
        why = WHY.get(each.standing, "").format(phrase=each.phrase, other=each.other)
        if why:
            return Judgement(Verdict.CANNOT_TELL, why, spans)
    names = list(dict.fromkeys(phrase.text for phrase in (*right, *others)))
    listed = ", ".join(f"“{name}”" for name in names[:12])
    return Judgement(Verdict.CANNOT_TELL, f"The answer asserts none of {listed}.", spans)


def _mentions(reading: Reading, phrase: Phrase, has_stems: bool) -> Iterator[Mention]:
    said = reading.answer
    places = list(phrase.places(said))
    if has_stems and len(phrase.keys) == 1:
        taken = {place.first for place in places if not place.is_inflected}
        places = [place for place in places if not place.is_inflected]
        root = stem(phrase.keys[0])
        places += [
            Place(at, at)
            for at, key in enumerate(said.keys)
            if at not in taken and len(root) >= 4 and stem(key) == root
        ]
    return mentions(reading, phrase, places)


def _have_distinct_stems(phrases: Sequence[Phrase]) -> bool:
    """True if no two answers of the set are forms of one word."""
    stems = {stem(key) for key in {phrase.keys[0] for phrase in phrases if phrase.keys}}
    return len(stems) == len({phrase.keys[0] for phrase in phrases if phrase.keys})
