"""The floor is the floor that is described: no more work than that, and no less."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from transformers import LlamaForCausalLM

from benchmarks.floor import read_plainly
from benchmarks.subjects import SHAPE_135M, Texts, make_llama

TINY = {
    **SHAPE_135M,
    "num_hidden_layers": 3,
    "hidden_size": 24,
    "num_attention_heads": 3,
    "num_key_value_heads": 1,
    "intermediate_size": 32,
    "vocab_size": 120,
}
N_ROWS = 4
N_TOKENS = 9


class Tally(TorchDispatchMode):
    """Counts the operators that run."""

    def __init__(self) -> None:
        super().__init__()
        self.counts: Counter[str] = Counter()

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple = (), kwargs: dict | None = None
    ) -> Any:
        self.counts[func.overloadpacket.__name__] += 1
        return func(*args, **(kwargs or {}))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_llama(tmp_path_factory.mktemp("tiny"), TINY)


@pytest.fixture(scope="module")
def model(folder: Path) -> LlamaForCausalLM:
    return LlamaForCausalLM.from_pretrained(folder).eval()


def test_every_row_costs_one_log_softmax_and_one_top_five(model: LlamaForCausalLM) -> None:
    with Tally() as tally:
        rows = read_plainly(model, list(range(N_TOKENS)))
    assert [tuple(row.shape) for row in rows] == [(N_TOKENS, 5)] * N_ROWS
    assert tally.counts["log_softmax"] == tally.counts["topk"] == N_ROWS


def test_every_row_costs_one_norm_and_one_product_with_the_output_matrix(
    model: LlamaForCausalLM,
) -> None:
    calls: Counter[str] = Counter()
    parts = {"norm": model.model.norm, "unembedding": model.lm_head, "body": model.model}
    hooks = [
        part.register_forward_hook(lambda *_, name=name: calls.update([name]))
        for name, part in parts.items()
    ]
    read_plainly(model, list(range(N_TOKENS)))
    for hook in hooks:
        hook.remove()
    assert calls == {"norm": N_ROWS, "unembedding": N_ROWS, "body": 1}


def test_the_last_row_of_the_floor_is_the_models_own_prediction(model: LlamaForCausalLM) -> None:
    ids = torch.arange(N_TOKENS)
    with torch.inference_mode():
        own = model(input_ids=ids[None]).logits[0].float().log_softmax(-1).topk(5).values
    torch.testing.assert_close(read_plainly(model, ids.tolist())[-1], own)


@pytest.mark.parametrize("n_tokens", [1, 7, 64])
def test_a_text_has_as_many_tokens_as_asked_for(folder: Path, n_tokens: int) -> None:
    texts = Texts(folder)
    made = [texts.make(n_tokens) for _ in range(3)]
    assert {len(texts.tokenizer(text)["input_ids"]) for text in made} == {n_tokens}
    assert n_tokens == 1 or len(set(made)) == 3
