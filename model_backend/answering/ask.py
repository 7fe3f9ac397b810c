"""Answers a question with a loaded model, and describes the answer's tokens.

Imports torch through ``generating``.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from model_backend.answering.answer_jobs import PendingAnswer
from model_backend.answering.exact_answers import Spelling, spell
from model_backend.answering.finding import ExactAnswerFinder, Found, Unread
from model_backend.answering.forks import find_fork
from model_backend.answering.generating import (
    Ending,
    Hold,
    Sampling,
    generate_steps,
    read_steps,
)
from model_backend.answering.given_answers import answer_tokens
from model_backend.answering.judging.verdicts import judge
from model_backend.answering.prompts import Prompt, prompt_for
from model_backend.api.errors import BadRequest, TextTooLong
from model_backend.api.positions import TokenRange, named_positions
from model_backend.api.questions import (
    Answer,
    Finish,
    FoundBy,
    Generated,
    Judgement,
    QuestionRequest,
    TokenPart,
    Verdict,
)
from model_backend.engine.tokens import token_bytes, token_labels
from model_backend.models.loaded import LoadedModel


def build_prompt(loaded: LoadedModel, question: str) -> Prompt:
    """Build the prompt of a question and check that it leaves room for an answer.

    Raises:
        BadRequest: the model is an encoder, or does not have all of the tokens.
        TextTooLong: the prompt fills the model's context or the operator's limit.
    """
    check_can_answer(loaded)
    prompt = prompt_for(loaded, question)
    n_tokens, limit = len(prompt.token_ids), loaded.card.max_tokens
    if limit is not None and n_tokens >= limit:
        raise TextTooLong(
            f"The question makes a prompt of {n_tokens:,} tokens; {loaded.card.name} takes "
            f"{limit:,} with the answer, so no room is left for one. Shorten the question."
        )
    return prompt


def check_can_answer(loaded: LoadedModel) -> None:
    """Refuse a model that cannot generate text.

    Raises:
        BadRequest: the model is an encoder.
    """
    if loaded.unembed is None:
        raise BadRequest(
            f"{loaded.card.name} is an encoder: nothing in it predicts a next token, so it gives "
            "no answers. Choose a causal language model."
        )


def begin_answer(loaded: LoadedModel, request: QuestionRequest, hold: Hold) -> PendingAnswer:
    """Prepare an answer whose tokens are generated one at a time, as they are consumed."""
    prompt = build_prompt(loaded, request.question)
    if request.given:
        return _begin_reading(loaded, prompt, request, hold)
    most = _most_tokens(loaded, prompt, request)
    sampling = Sampling(most, request.temperature, request.seed)
    return PendingAnswer(
        generate_steps(loaded, prompt.token_ids, sampling, hold),
        most,
        lambda ids: _pieces(loaded, ids),
        lambda ids: _answer_texts(loaded, prompt, ids),
    )


def _begin_reading(
    loaded: LoadedModel, prompt: Prompt, request: QuestionRequest, hold: Hold
) -> PendingAnswer:
    """Prepare a given answer, which is read in one pass."""
    ids = answer_tokens(loaded, request.question, prompt, request.given)
    check_length(loaded, (*prompt.token_ids, *ids))
    return PendingAnswer(
        read_steps(loaded, prompt.token_ids, ids, hold),
        len(ids),
        lambda ids: _pieces(loaded, ids),
        lambda ids: _answer_texts(loaded, prompt, ids),
    )


def generate_answer(loaded: LoadedModel, request: QuestionRequest, hold: Hold) -> Generated:
    """Generate a whole answer and return its token ids and probabilities."""
    pending = begin_answer(loaded, request, hold)
    steps = list(pending.tokens)
    ids = [step.token_id for step in steps]
    probabilities = np.array([step.probability for step in steps], dtype=np.float32)
    return Generated(np.array(ids, dtype=np.int32), probabilities, pending.texts(ids))


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
    if len(answer_ids) == _most_tokens(loaded, prompt, request):
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


def _most_tokens(loaded: LoadedModel, prompt: Prompt, request: QuestionRequest) -> int:
    limit = loaded.card.max_tokens
    room = request.max_new_tokens if limit is None else limit - len(prompt.token_ids)
    return min(request.max_new_tokens, room)


def check_length(loaded: LoadedModel, token_ids: Sequence[int]) -> None:
    """Refuse a prompt and answer that the model does not take together.

    Raises:
        TextTooLong: with both numbers of tokens.
    """
    limit = loaded.card.max_tokens
    if limit is not None and len(token_ids) > limit:
        raise TextTooLong(
            f"Prompt and answer have {len(token_ids):,} tokens; {loaded.card.name} takes {limit:,}."
        )


def _check_tokens(loaded: LoadedModel, token_ids: Sequence[int]) -> None:
    rows = loaded.card.vocabulary_size or 0
    check_length(loaded, token_ids)
    if max(token_ids) >= rows:
        raise BadRequest(
            f"There is no token {max(token_ids)} in {loaded.card.name}, whose largest id is "
            f"{rows - 1}: another model gave this answer. Ask again."
        )


def _pieces(loaded: LoadedModel, ids: Sequence[int]) -> tuple[bytes, ...]:
    with loaded.tokenizing:
        return token_bytes(loaded.tokenizer, ids)


def _answer_texts(loaded: LoadedModel, prompt: Prompt, ids: Sequence[int]) -> tuple[str, ...]:
    """Decode answer tokens in their place after the prompt, so that a leading space is kept."""
    with loaded.tokenizing:
        return token_labels(loaded.tokenizer, [*prompt.token_ids, *ids])[len(prompt.token_ids) :]
