"""Answers equal those of transformers, alone, in a batch, and with padding."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import pytest
import torch

from model_backend.answering.generating import Ending, Sampling, generate_batch, generate_steps
from model_backend.api.door import ModelCard
from model_backend.api.errors import UnsoundActivations
from model_backend.api.questions import Step
from model_backend.models.loaded import LoadedModel
from tests.model_backend.saved import byte_tokenizer
from tests.model_backend.spelled import spelled
from tests.model_backend.tiny_models import VARIANTS, build_model, tiny_model

PROMPTS = [[5, 6, 7, 8, 9, 10], [11, 12, 13]]
N_NEW = 6


def loaded(model: Any, tokenizer: Any = None, chat: bool = True) -> LoadedModel:
    tokenizer = tokenizer or byte_tokenizer()
    tokenizer.chat_template = "x" if chat else None
    return LoadedModel(ModelCard("tiny"), model, tokenizer, None, "")


def answer(subject: LoadedModel, prompt: list[int], **how: Any) -> list[Step]:
    sampling = Sampling(how.pop("max_new_tokens", N_NEW), **how)
    return list(generate_steps(subject, prompt, sampling, nullcontext))


def ids(steps: list[Step]) -> tuple[int, ...]:
    return tuple(step.token_id for step in steps)


@pytest.mark.parametrize("variant", VARIANTS)
def test_single_steps_and_a_padded_batch_equal_the_models_own_generation(variant: str) -> None:
    model = tiny_model(variant)
    subject = loaded(model)
    own = [
        model.generate(
            input_ids=torch.tensor([prompt]),
            attention_mask=torch.ones(1, len(prompt), dtype=torch.long),
            max_new_tokens=N_NEW,
            do_sample=False,
            eos_token_id=sorted(Ending(subject).ids),
            pad_token_id=0,
        )[0, len(prompt) :].tolist()
        for prompt in PROMPTS
    ]
    assert [list(ids(answer(subject, prompt))) for prompt in PROMPTS] == own
    assert [list(made) for made in generate_batch(subject, PROMPTS, N_NEW)] == own


def test_probabilities_are_those_of_one_pass_over_prompt_and_answer() -> None:
    subject = loaded(tiny_model("llama"))
    steps = answer(subject, PROMPTS[0])
    whole = torch.tensor([[*PROMPTS[0], *ids(steps)]])
    with torch.inference_mode():
        probs = subject.model(whole).logits[0].float().softmax(-1)
    at = range(len(PROMPTS[0]) - 1, whole.shape[1] - 1)
    again = [float(probs[place, whole[0, place + 1]]) for place in at]
    assert [step.probability for step in steps] == pytest.approx(again, rel=1e-4)


def test_equal_seeds_draw_equal_answers_and_other_seeds_other_answers() -> None:
    subject = loaded(tiny_model("llama"))
    drawn = [ids(answer(subject, PROMPTS[0], temperature=1.5, seed=seed)) for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2]


def test_a_temperature_near_zero_is_greedy() -> None:
    subject = loaded(tiny_model("llama"))
    assert ids(answer(subject, PROMPTS[0], temperature=1e-6)) == ids(answer(subject, PROMPTS[0]))


def test_an_answer_ends_with_its_end_of_sequence_token() -> None:
    model = build_model("llama")
    subject = loaded(model)
    said = ids(answer(subject, PROMPTS[1]))
    model.generation_config.eos_token_id = [said[1]]
    up_to_end = said[: said.index(said[1]) + 1]
    assert ids(answer(loaded(model), PROMPTS[1])) == up_to_end
    assert generate_batch(loaded(model), PROMPTS, N_NEW)[1] == up_to_end


def test_without_a_template_the_end_of_the_first_line_with_text_ends_the_answer() -> None:
    tokenizer, (blank, said, end) = spelled("\n", " Rome", ".\n")
    lines = Ending(loaded(tiny_model("llama"), tokenizer, chat=False))
    assert not lines.is_over([blank]) and not lines.is_over([blank, said])
    assert lines.is_over([blank, said, blank]) and lines.is_over([end])
    assert lines.cut([blank, said, end, said]) == (blank, said, end)
    assert not Ending(loaded(tiny_model("llama"), tokenizer)).is_over([said, end])


def test_the_model_is_unlocked_between_two_tokens() -> None:
    lock = threading.Lock()

    @contextmanager
    def hold() -> Iterator[None]:
        with lock:
            yield

    for _ in generate_steps(loaded(tiny_model("llama")), PROMPTS[0], Sampling(3), hold):
        assert lock.acquire(blocking=False)
        lock.release()


def test_an_exception_after_a_token_ends_a_batch() -> None:
    calls = []

    def after_token() -> None:
        calls.append(1)
        if len(calls) == 3:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        generate_batch(loaded(tiny_model("llama")), PROMPTS, N_NEW, after_token=after_token)
    assert len(calls) == 3


def test_logits_that_are_not_numbers_are_refused() -> None:
    model = build_model("llama")
    with torch.no_grad():
        model.lm_head.weight[3] = float("nan")
    with pytest.raises(UnsoundActivations, match="not numbers"):
        answer(loaded(model), PROMPTS[0])
