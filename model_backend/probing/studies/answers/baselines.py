"""Baselines that predict correctness from the model's output probabilities, without activations.

For every baseline, higher means more likely right; the directions are fixed in advance.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from model_backend.engine.hooks import hook_output
from model_backend.models.architecture import locate
from model_backend.models.loaded import LoadedModel
from model_backend.probing.studies.answers.asking import AskedQuestion, prompt_ids
from model_backend.probing.studies.answers.features import CapturedActivations
from model_backend.probing.studies.answers.turns import in_this_thread

MEANINGS = {
    "mean log-probability": "The mean log-probability of the answer's tokens.",
    "sum log-probability": "The log-probability of the whole answer.",
    "least probability": "The lowest probability of a token of the exact answer.",
    "certainty": "Minus the mean entropy of the distributions that the answer's tokens came from.",
    "brevity": "Minus the number of tokens of the answer.",
    "p(True)": "Probability of True when the model is asked whether its answer is true, averaged "
    "over both orders of the choices (Kadavath et al. 2022, arXiv 2207.05221).",
}
"""Names and meanings of the baselines, in the order of their columns."""

BASELINES = tuple(MEANINGS)

_JUDGE = """Question: {question}
Proposed answer: {answer}
Is the proposed answer true?
(A) {first}
(B) {second}
Answer with A or B."""


def answer_baselines(
    loaded: LoadedModel, asked: Sequence[AskedQuestion], captured: CapturedActivations
) -> Float[np.ndarray, "example baseline"]:
    """Compute every baseline except p(True), whose column is NaN, from captured activations."""
    rows = [
        _compute_baselines(loaded, each, final)
        for each, final in zip(asked, captured.final, strict=True)
    ]
    return np.array(rows, dtype=np.float32)


def _compute_baselines(
    loaded: LoadedModel, asked: AskedQuestion, final: Float[Tensor, "token hidden"]
) -> tuple[float, ...]:
    start, end = asked.n_prompt, len(asked.token_ids)
    if start == end:
        return (float("nan"),) * len(BASELINES)
    logits = loaded.unembed(final[start - 1 : end - 1]).float()
    log_probs = logits.log_softmax(dim=-1)
    entropy = -(log_probs.exp() * log_probs).nansum(dim=-1).mean()
    ids = torch.tensor(asked.token_ids[start:end], device=log_probs.device)
    said = log_probs.gather(1, ids[:, None])[:, 0]
    first, last = asked.exact_range or (start, end - 1)
    least = said[first - start : last - start + 1].min()
    values = (said.mean(), said.sum(), least.exp(), -entropy)
    return (*(float(value) for value in values), float(start - end), float("nan"))


def ask_for_truth(
    loaded: LoadedModel, asked: Sequence[AskedQuestion]
) -> Float[np.ndarray, " example"]:
    """P(True) when the model is asked about each answer; NaN where the prompt is too long."""
    letters = [_letter_ids(loaded.tokenizer, letter) for letter in "AB"]
    orders = []
    for names in (("True", "False"), ("False", "True")):
        prompts = [_judge_ids(loaded, each, names) for each in asked]
        first_letter = _probability_of_a(loaded, prompts, letters)
        orders.append(first_letter if names[0] == "True" else 1 - first_letter)
    return np.mean(orders, axis=0).astype(np.float32)


def _judge_ids(
    loaded: LoadedModel, asked: AskedQuestion, names: tuple[str, str]
) -> tuple[int, ...]:
    text = _JUDGE.format(
        question=asked.question.question,
        answer=asked.answer.strip(),
        first=names[0],
        second=names[1],
    )
    return prompt_ids(loaded, text)


def _probability_of_a(
    loaded: LoadedModel, prompts: Sequence[tuple[int, ...]], letters: Sequence[list[int]]
) -> Float[np.ndarray, " example"]:
    """P(A) / (P(A) + P(B)) as the next token of each prompt; NaN for prompts that are too long."""
    found = np.full(len(prompts), np.nan)
    limit = loaded.card.max_tokens or 10**9
    fitting = [number for number, ids in enumerate(prompts) if ids and len(ids) <= limit]
    if not fitting:
        return found
    longest = max(len(prompts[number]) for number in fitting)
    rows = [[*prompts[n], *[prompts[n][-1]] * (longest - len(prompts[n]))] for n in fitting]
    mask = [[1] * len(prompts[n]) + [0] * (longest - len(prompts[n])) for n in fitting]
    device = loaded.model.device
    with torch.inference_mode():
        hidden = _final_residual(
            loaded, torch.tensor(rows, device=device), torch.tensor(mask, device=device)
        )
        ends = torch.tensor([len(prompts[n]) - 1 for n in fitting], device=device)
        logits = loaded.unembed(hidden[torch.arange(len(fitting)), ends]).float()
        a, b = (logits[:, ids].logsumexp(dim=1) for ids in letters)
    found[fitting] = torch.sigmoid(a - b).cpu().numpy()
    return found


def _final_residual(
    loaded: LoadedModel, ids: Tensor, mask: Tensor
) -> Float[Tensor, "example token hidden"]:
    """Run the model and return the last row of the residual stream, before the final norm."""
    architecture = locate(loaded.model)
    kept: list[Tensor] = []
    hook = hook_output(architecture.blocks[-1], in_this_thread(kept.append))
    try:
        architecture.body(input_ids=ids, attention_mask=mask, **architecture.options)
    finally:
        hook.remove()
    return kept[0].reshape(*ids.shape, -1)


def _letter_ids(tokenizer: Any, letter: str) -> list[int]:
    """The tokens for a letter, with and without a space before it."""
    spellings = (
        tokenizer.encode(text, add_special_tokens=False) for text in (letter, f" {letter}")
    )
    return sorted({ids[-1] for ids in spellings if ids})
