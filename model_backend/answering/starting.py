"""Starts an answer: generated one token at a time, or given and read in one pass.

Imports torch through ``generating``.
"""

from collections.abc import Sequence

import numpy as np

from model_backend.answering.answer_jobs import PendingAnswer
from model_backend.answering.generating import Hold, Sampling, generate_steps, read_steps
from model_backend.answering.given_answers import answer_tokens
from model_backend.answering.prompts import Prompt, prompt_for
from model_backend.api.errors import BadRequest, TextTooLong
from model_backend.api.questions import Generated, QuestionRequest
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
    most = most_tokens(loaded, prompt, request)
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


def most_tokens(loaded: LoadedModel, prompt: Prompt, request: QuestionRequest) -> int:
    """Longest length of an answer: the request's, or what the model's limit leaves."""
    limit = loaded.card.max_tokens
    room = request.max_new_tokens if limit is None else limit - len(prompt.token_ids)
    return min(request.max_new_tokens, room)


def _pieces(loaded: LoadedModel, ids: Sequence[int]) -> tuple[bytes, ...]:
    with loaded.tokenizing:
        return token_bytes(loaded.tokenizer, ids)


def _answer_texts(loaded: LoadedModel, prompt: Prompt, ids: Sequence[int]) -> tuple[str, ...]:
    """Decode answer tokens in their place after the prompt, so that a leading space is kept."""
    with loaded.tokenizing:
        return token_labels(loaded.tokenizer, [*prompt.token_ids, *ids])[len(prompt.token_ids) :]
