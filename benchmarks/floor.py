"""The floor: the least that must be done to read every cell, in plain PyTorch."""

import torch
from torch import Tensor
from transformers import LlamaForCausalLM

K = 5


@torch.inference_mode()
def read_plainly(model: LlamaForCausalLM, token_ids: list[int]) -> list[Tensor]:
    """One forward pass with hidden states; the top five of every row, in float32.

    Every row costs a norm, a product with the output matrix, one ``log_softmax`` and one ``topk``.
    The norm of the last row is part of the forward pass: Hugging Face's last hidden state has
    already passed it. The forward pass makes no logits of its own.
    """
    body = model.base_model
    inputs = torch.tensor([token_ids])
    output = body(input_ids=inputs, use_cache=False, output_hidden_states=True)
    *rows, last = output.hidden_states
    normed = (*(body.norm(row) for row in rows), last)
    return [_top(model.lm_head(row)[0]) for row in normed]


def _top(logits: Tensor) -> Tensor:
    return logits.float().log_softmax(-1).topk(K).values
