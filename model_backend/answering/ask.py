"""Describes an answer: the part of each token, the exact answer, the verdict."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from model_backend.answering.exact_answers import Spelling, spell
from model_backend.answering.finding import ExactAnswerFinder, Found, Unread
from model_backend.answering.forks import find_fork
from model_backend.answering.generating import Ending
from model_backend.answering.judging.verdicts import judge
from model_backend.answering.prompts import Prompt
from model_backend.answering.starting import build_prompt, check_length, most_tokens
from model_backend.api.errors import BadRequest
from model_backend.api.maps.positions import TokenRange, named_positions
from model_backend.api.questions import (
    Answer,
    Finish,
    FoundBy,
    Judgement,
    QuestionRequest,
    TokenPart,
    Verdict,
)
from model_backend.engine.tokens import token_labels
from model_backend.models.loaded import LoadedModel


def find_in_answer(
    loaded: LoadedModel,
    request: QuestionRequest,
    answer_ids: Sequence[int],
    finder: ExactAnswerFinder,
) -> Found:
    """Find the exact answer of a generated answer; the model's lock must be held."""
    with loaded.tokenizing:
        text = spell(loaded.tokenizer, answer_ids).text
    [found] = finder.find([Unread(request.question, text)])
    return found


def read_answer(
    loaded: LoadedModel,
    request: QuestionRequest,
    answer_ids: Sequence[int],
    find: Callable[[], Found],
) -> Answer:
    """Describe a generated answer: the part of each token, the exact answer, the verdict.

    Args:
        answer_ids: the tokens after the prompt, as ``generate_answer`` returned them.
        find: finds the exact answer; called if none is marked by hand.

    Raises:
        BadRequest: the mark lies outside the answer, or a token id is outside the vocabulary.
        TextTooLong: prompt and answer together exceed the model's limit.
    """
    prompt = build_prompt(loaded, request.question)
    token_ids = (*prompt.token_ids, *answer_ids)
    _check_tokens(loaded, token_ids)
    with loaded.tokenizing:
        texts = token_labels(loaded.tokenizer, token_ids)
        spelling = spell(loaded.tokenizer, answer_ids)
    exact, found_by = _exact_range(request, spelling, find)
    exact_text = None if exact is None else spelling.text_of(exact)
    said = spelling.text.encode(errors="surrogateescape").decode(errors="replace")
    finish = _finish(loaded, prompt, request, answer_ids)
    judgement = judge(request.question, spelling.text, request.right_answers)
    fork = None
    if exact is not None:
        right = _set_against(request, judgement)
        with loaded.tokenizing:
            fork = find_fork(loaded.tokenizer, answer_ids, spelling, exact, right)
    return Answer(
        model=request.model,
        prompt=prompt.text,
        has_template=prompt.has_template,
        token_ids=token_ids,
        token_texts=texts,
        parts=_parts(prompt, finish, spelling),
        n_prompt=len(prompt.token_ids),
        text=said,
        finish=finish,
        exact=exact,
        exact_text=exact_text,
        by_hand=found_by is FoundBy.HAND,
        found_by=found_by,
        judgement=judgement,
        positions=named_positions(len(prompt.token_ids), len(answer_ids), exact),
        fork=fork and replace(fork, position=fork.position + len(prompt.token_ids)),
    )


def _set_against(request: QuestionRequest, judgement: Judgement | None) -> str:
    """The right answer, if it is known and the given one does not say it."""
    differs = judgement is not None and judgement.verdict is not Verdict.RIGHT
    return request.right_answers[0] if differs else ""


def _exact_range(
    request: QuestionRequest, spelling: Spelling, find: Callable[[], Found]
) -> tuple[TokenRange | None, FoundBy]:
    if request.mark is None:
        found = find()
        return (None if found.span is None else spelling.tokens_of(found.span)), found.by
    if not request.mark:
        return None, FoundBy.HAND
    first, last = request.mark
    if last >= len(spelling.pieces):
        raise BadRequest(
            f"The mark ends at token {last} of the answer, which has {len(spelling.pieces)}."
        )
    return TokenRange(first, last), FoundBy.HAND


def _finish(
    loaded: LoadedModel, prompt: Prompt, request: QuestionRequest, answer_ids: Sequence[int]
) -> Finish | None:
    if request.given:
        return Finish.GIVEN
    ending = Ending(loaded)
    if answer_ids and answer_ids[-1] in ending.ids:
        return Finish.END
    if answer_ids and ending.is_over(answer_ids):
        return Finish.LINE
    if len(answer_ids) == request.max_new_tokens:
        return Finish.LENGTH
    if len(answer_ids) == most_tokens(loaded, prompt, request):
        return Finish.CONTEXT
    return Finish.STOPPED


def _parts(prompt: Prompt, finish: Finish | None, spelling: Spelling) -> tuple[TokenPart, ...]:
    parts = [TokenPart.TEMPLATE] * len(prompt.token_ids)
    if prompt.question is not None:
        inside = slice(prompt.question.first, prompt.question.last + 1)
        parts[inside] = [TokenPart.QUESTION] * (prompt.question.last + 1 - prompt.question.first)
    closes = bool(spelling.pieces) and not spelling.pieces[-1].strip()
    ends = finish is Finish.END or (finish in (Finish.LINE, Finish.GIVEN) and closes)
    n_said = len(spelling.pieces) - ends
    answer = [TokenPart.ANSWER] * n_said + [TokenPart.END] * ends
    return (*parts, *answer)


def _check_tokens(loaded: LoadedModel, token_ids: Sequence[int]) -> None:
    rows = loaded.card.vocabulary_size or 0
    check_length(loaded, token_ids)
    if max(token_ids) >= rows:
        raise BadRequest(
            f"There is no token {max(token_ids)} in {loaded.card.name}, whose largest id is "
            f"{rows - 1}: another model gave this answer. Ask again."
        )
