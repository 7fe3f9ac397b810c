"""Labels an answer to an open question: does it assert a right answer?"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import accumulate, islice

from model_backend.answering.judging.mentions import Mention, Reading, Standing, mentions
from model_backend.answering.judging.names import stands_alone
from model_backend.answering.judging.phrases import Phrase, Place, Text, has_run
from model_backend.answering.judging.reasons import WHY, list_answers, why_right
from model_backend.answering.judging.rules import LabelRules, keys_of
from model_backend.answering.judging.scope import (
    first_sentence,
    last_sentence,
    last_sentence_with,
    list_items,
)
from model_backend.answering.judging.vocabulary import (
    COMPASS,
    CONCLUSION,
    FUNCTION_WORDS,
    REFUSAL,
    TRIES_ANYWAY,
)
from model_backend.api.datasets import LabelScope
from model_backend.api.questions import Judgement, Verdict

MOST_MENTIONS = 50
REFUSED = Judgement(Verdict.NO_ANSWER, "The answer refuses, or says that it does not know.")
CUT_OFF = Judgement(Verdict.CANNOT_TELL, "The answer is cut off before it states its result.")


def judge_open(
    question: str, answer: str, right: Sequence[Phrase], wrong: Sequence[str], rules: LabelRules
) -> Judgement:
    """Label an answer by what its first sentence asserts, or all of it where ``rules`` say so."""
    is_whole = rules.scope == LabelScope.WHOLE_ANSWER
    is_worked = is_whole and any(phrase.is_number for phrase in right)
    start, end = (0, len(answer)) if is_whole else first_sentence(answer)
    reading = Reading(
        question=Text(question),
        answer=Text(answer[start:end]),
        offset=start,
        known=rules.known_keys | keys_of(wrong),
        right=keys_of(phrase.text for phrase in right),
    )
    found = [each for phrase in right for each in _mentions(reading, phrase)]
    if is_worked:
        found = _in_the_result(answer, reading.answer, found)
    elif not is_whole:
        found = _in_every_item(list_items(answer, start, end), found)
    asserted = [each for each in found if each.standing is Standing.ASSERTED]
    if asserted:
        spans = tuple((each.start, each.end) for each in asserted)
        said = answer[asserted[0].start : asserted[0].end]
        return Judgement(Verdict.RIGHT, why_right(said, asserted[0].phrase, right), spans)
    if is_worked and not found and _stops_before_the_result(reading.answer.text):
        return CUT_OFF
    return _judge_unasserted(reading, found, right)


def _judge_unasserted(
    reading: Reading, found: Sequence[Mention], right: Sequence[Phrase]
) -> Judgement:
    text = reading.answer.text
    if is_refusal(text):
        return REFUSED
    spans = tuple((each.start, each.end) for each in found)
    first = next((each for each in found if each.standing is not Standing.KNOWN_NAME), None)
    if first is not None:
        why = WHY[first.standing].format(phrase=first.phrase, other=first.other)
        return Judgement(Verdict.CANNOT_TELL, why, spans)
    for each in found:
        why = f"“{each.other}” is an answer by itself, other than “{each.phrase}”."
        return Judgement(Verdict.WRONG, why, spans)
    for phrase in right:
        for part in _parts(reading, phrase):
            why = f"“{part}” is only a part of “{phrase.text}”. Add it as another right answer"
            return Judgement(Verdict.CANNOT_TELL, f"{why} if it is right.")
    if _is_cut_off(reading):
        return CUT_OFF
    return Judgement(Verdict.WRONG, f"The answer does not state {list_answers(right)}.")


def is_refusal(text: str) -> bool:
    """True if a text declines to answer and gives no answer all the same."""
    refusal = REFUSAL.search(text)
    return refusal is not None and not TRIES_ANYWAY.search(text, refusal.end())


def _mentions(reading: Reading, phrase: Phrase) -> Iterator[Mention]:
    if phrase.keys:
        places = islice(phrase.places(reading.answer), MOST_MENTIONS)
        yield from mentions(reading, phrase, tuple(places))
        return
    start = reading.answer.text.find(phrase.text.strip())  # signs alone, such as "+"
    if start >= 0:
        start, end = start + reading.offset, start + reading.offset + len(phrase.text.strip())
        yield Mention(phrase.text, start, end, Standing.ASSERTED)


def _in_the_result(answer: str, said: Text, found: Sequence[Mention]) -> list[Mention]:
    """Count a number as asserted only in the last sentence with a number, the result.

    Where that sentence concludes several times, as in "that is 70 plus 1, that is 71", the last
    conclusion is the result.
    """
    numbers = [word.start for word in said.words if word.number is not None]
    start = last_sentence_with(answer, numbers)
    start = max([start, *(match.end() for match in CONCLUSION.finditer(answer, start))])
    is_step = [each.start < start and each.standing is Standing.ASSERTED for each in found]
    return [
        replace(each, standing=Standing.WORKING) if step else each
        for each, step in zip(found, is_step, strict=True)
    ]


def _in_every_item(items: Sequence[str], found: Sequence[Mention]) -> list[Mention]:
    """Count nothing in a list as asserted unless every item mentions a right answer."""
    ends = list(accumulate(map(len, items)))
    held = {bisect_right(ends, each.start) for each in found}
    others = [item for number, item in enumerate(items) if number not in held and item.strip()]
    if len(items) < 2 or not others:
        return list(found)
    other = others[0].strip(" \n-*")
    return [
        replace(each, standing=Standing.RIVAL, other=other)
        if each.standing is Standing.ASSERTED
        else each
        for each in found
    ]


def _stops_before_the_result(text: str) -> bool:
    """True if worked arithmetic ends within a sentence that has no number yet."""
    last = Text(last_sentence(text))
    is_open = last.text.rstrip()[-1:].isalpha() or last.text.rstrip().endswith(",")
    return is_open and not any(word.number is not None for word in last.words)


def _parts(reading: Reading, phrase: Phrase) -> Iterator[str]:
    """Yield names of the answer that are the beginning or the end of a right answer: "Eiffel"."""
    said, keys = reading.answer, phrase.keys
    if phrase.is_number:
        return
    there = frozenset(said.keys)
    parts = {keys[:n] for n in range(1, len(keys))} | {keys[n:] for n in range(1, len(keys))}
    parts |= {(key.rstrip("+-#"),) for key in keys if len(keys) == 1 and key[-1] in "+-#"}
    for part in sorted(parts, key=len, reverse=True):
        if part[0] not in there:
            continue
        is_nothing = all(key in FUNCTION_WORDS or key in COMPASS for key in part)
        if is_nothing or part[0].isdigit() or has_run(reading.question.keys, part):
            continue
        for first in range(len(said.keys) - len(part) + 1):
            place = Place(first, first + len(part) - 1)
            is_there = said.keys[first : first + len(part)] == part
            if is_there and part not in reading.known and stands_alone(said, place):
                yield said.text[said.words[place.first].start : said.words[place.last].end]


def _is_cut_off(reading: Reading) -> bool:
    """True if a sentence stops after a word such as "the", before any name or number of its own."""
    said = reading.answer
    if not said.text.rstrip()[-1:].isalnum() or said.keys[-1] not in FUNCTION_WORDS:
        return False
    own = [word for word in said.words[1:] if word.key not in reading.question.keys]
    return not any(word.number is not None or said.said(word)[0].isupper() for word in own)
