"""Direct logit attribution: what every layer wrote for one token rather than another.

The final norm is frozen at the scale of the stream that is read, so that the logit difference is a
sum over everything that was written, as in Elhage et al. (2021),
https://transformer-circuits.pub/2021/framework. Imports torch.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.utils.hooks import RemovableHandle

from model_backend.api.cell_detail import LAST_ROW, Attribution, AttributionRequest, Prediction
from model_backend.api.errors import BadRequest, UnsoundActivations
from model_backend.api.maps.grid import layer_labels
from model_backend.engine.forward import run_base_model
from model_backend.engine.hooks import hook_input, hook_output
from model_backend.engine.tokens import lone_texts
from model_backend.engine.unavailable import NO_UNEMBEDDING, NORMED_AFTER
from model_backend.engine.writes import direct_logits, moves_tokens
from model_backend.models.architecture import Architecture, locate
from model_backend.models.discovery.parts import in_block
from model_backend.models.loaded import LoadedModel

Pair = tuple[int, int]


@dataclass(frozen=True, eq=False)
class Written:
    """The stream at one position, and what every layer added to it."""

    rows: list[Tensor] = field(default_factory=list)
    attention: list[Tensor] = field(default_factory=list)
    mlp: list[Tensor] = field(default_factory=list)


@torch.inference_mode()
def attribute(
    loaded: LoadedModel, token_ids: tuple[int, ...], request: AttributionRequest
) -> Attribution:
    """Run the text up to the position, and split the difference there.

    Raises:
        BadRequest: the model is an encoder, or there is no such position, row or token.
        UnsoundActivations: some activation is not finite.
    """
    if loaded.unembed is None:
        raise BadRequest(NO_UNEMBEDDING)
    _check(loaded, token_ids, request)
    written = read_position(loaded, torch.tensor(token_ids[: request.position + 1]))
    logits = torch.stack([loaded.unembed(row).float() for row in written.rows])
    pair = (request.token, _other(logits, request))
    row = len(written.rows) - 1 if request.row == LAST_ROW else request.row
    difference = (logits[:, pair[0]] - logits[:, pair[1]]).cpu().numpy()
    parts = _parts(loaded, written, row, pair)
    chances = logits.softmax(-1)[:, list(pair)].cpu().numpy()
    with loaded.tokenizing:
        texts = lone_texts(loaded.tokenizer, pair)
    named = zip(pair, texts, chances[row].tolist(), strict=True)
    token, other = (Prediction(*one) for one in named)
    return Attribution(
        position=request.position,
        row=row,
        layer_labels=layer_labels(len(written.rows) - 1),
        token=token,
        other=other,
        chances=chances,
        difference=difference,
        embedding=float(parts[0]),
        attention=parts[1::2],
        mlp=parts[2::2],
        rest=float(difference[row]) - float(parts.astype(np.float64).sum()),
        why_no_parts="" if moves_tokens(loaded) else NORMED_AFTER,
    )


def read_position(loaded: LoadedModel, input_ids: Int[Tensor, " token"]) -> Written:
    """Everything that passes the last position of some tokens, in one forward pass."""
    architecture, written = locate(loaded.model), Written()
    run_base_model(architecture, input_ids, _hooks(architecture, written))
    if not all(row.isfinite().all() for row in written.rows):
        raise UnsoundActivations(
            "The activations at this position are not finite. Load the model in a wider dtype."
        )
    return written


def _hooks(parts: Architecture, written: Written) -> Iterator[RemovableHandle]:
    def keep(into: list[Tensor], scale: float, vectors: Tensor) -> None:
        into.append(vectors[-1] * scale)  # a copy, for some blocks add in place

    stream = partial(keep, written.rows, 1.0)
    yield hook_input(parts.blocks[0], stream)
    for layer, block in enumerate(parts.blocks):
        for kept, modules in (
            (written.attention, parts.attn_outs),
            (written.mlp, parts.mlp_outs),
        ):
            module = in_block(modules, layer)
            # A layer without such a write adds nothing by it.
            scale = parts.write_scale if module is not None else 0.0
            module = block if module is None else module
            yield hook_output(module, partial(keep, kept, scale))
        yield hook_output(block, stream)


def _parts(
    loaded: LoadedModel, written: Written, row: int, pair: Pair
) -> Float[np.ndarray, " part"]:
    """The embedding's part, then attention's and the MLP's of every layer in turn."""
    n_layers = len(written.attention)
    parts = np.zeros(1 + 2 * n_layers, dtype=np.float32)
    if not moves_tokens(loaded):
        return parts
    centred = locate(loaded.model).family.norm_subtracts_mean
    vectors = [written.rows[0]]
    for of_layer in zip(written.attention[:row], written.mlp[:row], strict=True):
        vectors += of_layer
    for at, vector in enumerate(vectors):
        logits = direct_logits(vector, written.rows[row], loaded.unembed, centred=centred)
        parts[at] = float(logits[pair[0]] - logits[pair[1]])
    return parts


def _other(logits: Float[Tensor, "row vocabulary"], request: AttributionRequest) -> int:
    if request.other is not None:
        return request.other
    likeliest: list[int] = logits[-1].topk(2).indices.tolist()
    return next(token_id for token_id in likeliest if token_id != request.token)


def _check(loaded: LoadedModel, token_ids: tuple[int, ...], request: AttributionRequest) -> None:
    limits = {
        "position": (request.position, len(token_ids)),
        "row": (request.row, (loaded.card.n_layers or 0) + 1),
        "token": (max(request.token, request.other or 0), loaded.card.vocabulary_size or 0),
    }
    for name, (value, count) in limits.items():
        if value >= count:
            raise BadRequest(f"There is no {name} {value} here: they go from 0 to {count - 1}.")
