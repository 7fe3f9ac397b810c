"""Answers many questions at once: prompt, answer, label, exact answer, positions.

The model answers greedily; an answer that the data set brings is read instead.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from model_backend.answering.exact_answers import Spelling, spell
from model_backend.answering.finding import ExactAnswerFinder, Found, Unread
from model_backend.answering.generating import Ending, generate_batch, largest_batch
from model_backend.answering.given_answers import answer_tokens
from model_backend.answering.judging.rules import NO_RULES, LabelRules
from model_backend.answering.judging.verdicts import judge
from model_backend.answering.prompts import Prompt, prompt_for
from model_backend.api.datasets import DatasetQuestion, LabelScope
from model_backend.api.errors import BadRequest
from model_backend.api.maps.positions import TokenRange, named_positions
from model_backend.api.questions import FoundBy, Verdict
from model_backend.models.loaded import LoadedModel

MISSING = -1
TOO_LONG = "the question does not fit the model's context"
UNKNOWN_TOKENS = "the model does not have all of the question's tokens"
TOO_LONG_TO_READ = "question and answer do not fit the model's context"
UNKNOWN_IN_ANSWER = "the model does not have all tokens of the question and its answer"
LABELLED = "The file of the data set labels it so."
CANNOT_TELL = "it cannot be told whether it is right"
EMPTY = "the answer is empty"
REFUSED = "the answer is a refusal"
_STRAY_BYTE = re.compile("[\udc80-\udcff]")
"""A byte that belongs to no character; in its place there is one other character."""


@dataclass(frozen=True)
class AskedQuestion:
    """One question with its answer and verdict; JSON values only, stored in shards."""

    question: DatasetQuestion
    token_ids: tuple[int, ...]
    """Prompt and answer; empty where the question could not be asked."""
    n_prompt: int
    answer: str
    exact_answer: str
    exact_range: tuple[int, int] | None
    """First and last token of the exact answer among ``token_ids``."""
    indices: tuple[int, ...]
    """Index into ``token_ids`` for each named position; -1 where missing."""
    verdict: Verdict
    dropped: str = ""
    """Reason why the answer cannot be used; empty for a usable answer."""
    why: str = ""
    """Reason for the verdict, in one sentence."""
    right_spans: tuple[tuple[int, int], ...] = ()
    """``Judgement.right_spans``: where right answers stand in ``answer``."""
    exact_span: tuple[int, int] | None = None
    """Start and end of the exact answer, in characters of ``answer``."""
    found_by: FoundBy = FoundBy.RULE
    is_cut_off: bool = False
    """True if the answer reached the limit of its length before its own end."""


@dataclass(frozen=True)
class _Given:
    """A question with its prompt and the answer that was given to it."""

    question: DatasetQuestion
    prompt: tuple[int, ...]
    answer_ids: tuple[int, ...]
    spelling: Spelling


def ask_batch(
    loaded: LoadedModel,
    questions: Sequence[DatasetQuestion],
    *,
    max_new_tokens: int,
    finder: ExactAnswerFinder,
    after_token: Callable[[], None],
    rules: LabelRules = NO_RULES,
) -> list[AskedQuestion]:
    """Generate or read the answers to questions, and judge them, in batches that fit the memory.

    Args:
        max_new_tokens: limit of an answer that is generated.
        finder: finds the exact answers.
        rules: the data set's rules for labels.
        after_token: called after every token; an exception from it ends the batch.
    """
    prompts = [prompt_ids(loaded, question.question) for question in questions]
    read = {n: _read(loaded, one) for n, one in enumerate(questions) if one.model_answer}
    own = [() if n in read else prompt for n, prompt in enumerate(prompts)]
    answers = _generate(loaded, own, max_new_tokens, after_token)
    room = loaded.card.max_tokens or 10**9
    answers |= {n: ids for n, ids in read.items() if ids and len(prompts[n]) + len(ids) <= room}
    with loaded.tokenizing:
        given = {
            number: _Given(questions[number], prompts[number], ids, spell(loaded.tokenizer, ids))
            for number, ids in sorted(answers.items())
        }
    unread = [_unread(each, rules) for each in given.values()]
    found = finder.find(unread, after_pass=after_token)
    ending = Ending(loaded)
    asked = {
        number: _label(_locate(given[number], where, ending), rules)
        for number, where in zip(given, found, strict=True)
    }
    return [
        asked[number]
        if number in asked
        else _not_asked(question, _obstacle(prompts[number], read.get(number)))
        for number, question in enumerate(questions)
    ]


def prompt_ids(loaded: LoadedModel, question: str) -> tuple[int, ...]:
    """The tokens of a question's prompt; none where the model does not have all of them."""
    try:
        return prompt_for(loaded, question).token_ids
    except BadRequest:
        return ()


def _read(loaded: LoadedModel, question: DatasetQuestion) -> tuple[int, ...]:
    """The tokens of an answer that the data set brings; none where the model lacks one of them."""
    try:
        prompt: Prompt = prompt_for(loaded, question.question)
        return answer_tokens(loaded, question.question, prompt, question.model_answer)
    except BadRequest:
        return ()


def _generate(
    loaded: LoadedModel,
    prompts: Sequence[tuple[int, ...]],
    max_new_tokens: int,
    after_token: Callable[[], None],
) -> dict[int, tuple[int, ...]]:
    """Answers by the numbers of their prompts, without prompts that leave no room for one."""
    room = (loaded.card.max_tokens or 10**9) - max_new_tokens
    fitting = [number for number, ids in enumerate(prompts) if ids and len(ids) <= room]
    answers: dict[int, tuple[int, ...]] = {}
    most = largest_batch(loaded, max(map(len, prompts)) + max_new_tokens)
    for start in range(0, len(fitting), most):
        part = fitting[start : start + most]
        batch = [prompts[number] for number in part]
        generated = generate_batch(loaded, batch, max_new_tokens, after_token=after_token)
        answers |= dict(zip(part, generated, strict=True))
    return answers


def _obstacle(prompt: tuple[int, ...], answer: tuple[int, ...] | None) -> str:
    """Reason why a question was not asked; ``answer`` has the tokens of one that was brought."""
    if answer is None:
        return TOO_LONG if prompt else UNKNOWN_TOKENS
    return TOO_LONG_TO_READ if answer else UNKNOWN_IN_ANSWER


def _not_asked(question: DatasetQuestion, why: str) -> AskedQuestion:
    nothing = (MISSING,) * len(named_positions(1, 0, None))
    return AskedQuestion(question, (), 0, "", "", None, nothing, Verdict.CANNOT_TELL, why)


def _unread(given: _Given, rules: LabelRules) -> Unread:
    is_read_whole = rules.scope == LabelScope.WHOLE_ANSWER or bool(
        rules.closed or given.question.wrong_answers
    )
    question = given.question
    return Unread(question.question, given.spelling.text, is_read_whole, question.exact_answer)


def _locate(given: _Given, found: Found, ending: Ending) -> AskedQuestion:
    """Put the exact answer and the named positions into an answer."""
    text, span = given.spelling.text, found.span
    tokens = None if span is None else given.spelling.tokens_of(span)
    exact = "" if span is None or tokens is None else text[span.start : span.end]
    places = named_positions(len(given.prompt), len(given.answer_ids), tokens)
    return AskedQuestion(
        question=given.question,
        token_ids=(*given.prompt, *given.answer_ids),
        n_prompt=len(given.prompt),
        answer=_STRAY_BYTE.sub("\ufffd", text),
        exact_answer=_STRAY_BYTE.sub("\ufffd", exact),
        exact_range=_shift_range(tokens, len(given.prompt)),
        indices=tuple(MISSING if place.index is None else place.index for place in places),
        verdict=Verdict.CANNOT_TELL,
        exact_span=None if span is None else (span.start, span.end),
        found_by=found.by,
        is_cut_off=_is_cut_off(given, ending),
    )


def _label(asked: AskedQuestion, rules: LabelRules) -> AskedQuestion:
    """Label an answer by its text alone, wherever its exact answer was found, or by the file."""
    question = asked.question
    rights = (question.answer, *question.aliases)
    judgement = judge(
        question.question,
        asked.answer,
        rights,
        wrong_answers=question.wrong_answers,
        rules=rules,
    )
    if question.correct is not None:
        verdict = Verdict.RIGHT if question.correct else Verdict.WRONG
        spans = judgement.right_spans if judgement else ()
        dropped = "" if asked.answer.strip() else EMPTY
        return replace(asked, verdict=verdict, why=LABELLED, right_spans=spans, dropped=dropped)
    if judgement is None:
        return replace(asked, dropped=CANNOT_TELL)
    return replace(
        asked,
        verdict=judgement.verdict,
        why=judgement.why,
        right_spans=judgement.right_spans,
        dropped=_drop_reason(asked.answer, judgement.verdict),
    )


def _is_cut_off(given: _Given, ending: Ending) -> bool:
    is_generated = not given.question.model_answer
    return is_generated and bool(given.answer_ids) and not ending.is_over(given.answer_ids)


def _shift_range(tokens: TokenRange | None, n_prompt: int) -> tuple[int, int] | None:
    return None if tokens is None else (tokens.first + n_prompt, tokens.last + n_prompt)


def _drop_reason(answer: str, verdict: Verdict) -> str:
    if verdict is Verdict.NO_ANSWER:
        return REFUSED if answer.strip() else EMPTY
    return CANNOT_TELL if verdict is Verdict.CANNOT_TELL else ""
