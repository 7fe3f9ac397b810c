"""Generates answers: one answer token by token, or a batch of greedy answers.

Imports torch. A single answer releases the model's lock after every token, so that other requests
for the same model are served in between.
"""

from collections.abc import Callable, Generator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor
from transformers import GenerationConfig, StoppingCriteria, StoppingCriteriaList

from model_backend.api.errors import UnsoundActivations
from model_backend.api.questions import Step
from model_backend.engine.tokens import token_bytes
from model_backend.models.loaded import LoadedModel

MOST_CACHE_BYTES = 4 * 2**30
"""Byte budget for the key-value cache of a batch."""

Hold = Callable[[], AbstractContextManager[None]]
"""Makes a context manager that locks the model for one forward pass."""


@dataclass(frozen=True)
class Sampling:
    """Choice of the next token: the most likely at temperature 0, else drawn with a seed."""

    max_new_tokens: int
    temperature: float = 0.0
    seed: int = 0


def generate_steps(
    loaded: LoadedModel, prompt_ids: Sequence[int], sampling: Sampling, hold: Hold
) -> Generator[Step, None, None]:
    """Yield the tokens of one answer, including an end-of-sequence token if the model writes one.

    The key-value cache lives in the generator; closing the generator frees it.

    Raises:
        UnsoundActivations: a logit is not finite.
    """
    model, cache = loaded.model, None
    ending, answer_ids = Ending(loaded), list[int]()
    ids = torch.tensor([list(prompt_ids)], device=model.device)
    generator = torch.Generator().manual_seed(sampling.seed)
    for _ in range(sampling.max_new_tokens):
        with hold(), torch.inference_mode():
            output = model(input_ids=ids, past_key_values=cache, use_cache=True, logits_to_keep=1)
            cache = output.past_key_values
            step = _choose(output.logits[0, -1].float().cpu(), sampling.temperature, generator)
        yield step
        answer_ids.append(step.token_id)
        if ending.is_over(answer_ids):
            return
        ids = torch.tensor([[step.token_id]], device=model.device)


def read_steps(
    loaded: LoadedModel, prompt_ids: Sequence[int], answer_ids: Sequence[int], hold: Hold
) -> Generator[Step, None, None]:
    """Yield the tokens of an answer that exists already, with the probabilities of one pass."""
    ids = torch.tensor([[*prompt_ids, *answer_ids]], device=loaded.model.device)
    n = len(answer_ids)
    with hold(), torch.inference_mode():
        logits = loaded.model(input_ids=ids, logits_to_keep=n + 1).logits[0, -n - 1 : -1]
        probabilities = logits.float().softmax(dim=-1).gather(1, ids[0, -n:, None])[:, 0].tolist()
    for token_id, probability in zip(answer_ids, probabilities, strict=True):
        yield Step(token_id, probability)


def generate_batch(
    loaded: LoadedModel,
    prompts: Sequence[Sequence[int]],
    max_new_tokens: int,
    *,
    after_token: Callable[[], None] = lambda: None,
) -> list[tuple[int, ...]]:
    """Generate greedy answers to several prompts at once; shorter prompts are padded on the left.

    Args:
        after_token: called after every token; an exception from it ends the generation.

    Returns:
        The token ids of each answer, without the prompt and without tokens after its end.
    """
    longest = max(map(len, prompts))
    padding = _padding_id(loaded)
    rows = [[padding] * (longest - len(ids)) + list(ids) for ids in prompts]
    mask = [[0] * (longest - len(ids)) + [1] * len(ids) for ids in prompts]
    device, ending = loaded.model.device, Ending(loaded)
    with torch.inference_mode():
        output = loaded.model.generate(
            input_ids=torch.tensor(rows, device=device),
            attention_mask=torch.tensor(mask, device=device),
            generation_config=GenerationConfig(
                max_new_tokens=max_new_tokens,
                do_sample=False,
                eos_token_id=sorted(ending.ids) or None,
                pad_token_id=padding,
            ),
            stopping_criteria=StoppingCriteriaList([_StopAtEnd(ending, longest, after_token)]),
        )
    return [ending.cut(row[longest:].tolist()) for row in output]


def largest_batch(loaded: LoadedModel, n_tokens: int) -> int:
    """Largest batch of sequences of ``n_tokens`` whose key-value cache fits ``MOST_CACHE_BYTES``.

    Counts one key and one value per head; models whose heads share them need less.
    """
    card = loaded.card
    numbers = 2 * (card.n_layers or 1) * (card.hidden_size or 1) * n_tokens
    return max(1, MOST_CACHE_BYTES // (numbers * loaded.model.dtype.itemsize))


class Ending:
    """Finds the end of a model's answers: an end-of-sequence token.

    A model without a chat template continues with questions of its own, so the end of the first
    line with text ends its answer too.
    """

    def __init__(self, loaded: LoadedModel) -> None:
        self._loaded = loaded
        self._lines = not getattr(loaded.tokenizer, "chat_template", None)
        self._pieces: dict[int, bytes] = {}
        config = getattr(loaded.model, "generation_config", None)
        named = getattr(config, "eos_token_id", None)
        ends = {*(named if isinstance(named, list | tuple) else [named])}
        self.ids = frozenset({*ends, loaded.tokenizer.eos_token_id} - {None})

    def is_over(self, answer_ids: Sequence[int]) -> bool:
        """True if the last of these tokens ends the answer."""
        if answer_ids[-1] in self.ids:
            return True
        if not self._lines or b"\n" not in self._piece(answer_ids[-1]):
            return False
        return any(self._piece(token_id).strip() for token_id in answer_ids)

    def cut(self, token_ids: Sequence[int]) -> tuple[int, ...]:
        """Cut off the tokens that follow the end of an answer."""
        lengths = range(1, len(token_ids) + 1)
        over = (length for length in lengths if self.is_over(token_ids[:length]))
        return tuple(token_ids[: next(over, len(token_ids))])

    def _piece(self, token_id: int) -> bytes:
        if token_id not in self._pieces:
            with self._loaded.tokenizing:
                self._pieces[token_id] = token_bytes(self._loaded.tokenizer, [token_id])[0]
        return self._pieces[token_id]


class _StopAtEnd(StoppingCriteria):
    """Stops each answer of a batch at its end, and calls ``after_token`` after every token."""

    def __init__(self, ending: Ending, n_prompt: int, after_token: Callable[[], None]) -> None:
        self._ending, self._n_prompt, self._after_token = ending, n_prompt, after_token

    def __call__(self, input_ids: Tensor, scores: Any, **_: Any) -> Tensor:
        self._after_token()
        answers = input_ids[:, self._n_prompt :].tolist()
        over = [self._ending.is_over(answer) for answer in answers]
        return torch.tensor(over, device=input_ids.device)


def _choose(
    logits: Float[Tensor, " vocabulary"], temperature: float, generator: torch.Generator
) -> Step:
    probs = logits.softmax(-1)
    if not probs.isfinite().all():
        raise UnsoundActivations(
            "The model's logits are not numbers, so there is no next token. Try --dtype float32."
        )
    if temperature == 0:
        token_id = int(logits.argmax())
    else:
        scaled = ((logits - logits.max()) / temperature).softmax(-1)
        token_id = int(torch.multinomial(scaled, 1, generator=generator))
    return Step(token_id, float(probs[token_id]))


def _padding_id(loaded: LoadedModel) -> int:
    """A token id for padding; any id works, since padding is masked."""
    tokenizer = loaded.tokenizer
    known = (tokenizer.pad_token_id, tokenizer.eos_token_id, 0)
    return next(token_id for token_id in known if token_id is not None)
