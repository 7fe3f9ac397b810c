"""All measures of a text in plain float64, by a few lines that share nothing with the project.

Paths of the parts are written down by hand for each kind of block.
"""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch


@dataclass(frozen=True)
class Paths:
    """Where the parts of one kind of model lie; those of a block from the block."""

    blocks: str = "model.layers"
    norm: str = "model.norm"
    attention: str | None = "self_attn"
    attn: str | None = "self_attn"
    mlp: str | None = "mlp"
    mid: str | None = "post_attention_layernorm"
    down: str | None = "mlp.down_proj"
    scale: float = 1.0
    finish: Callable[[np.ndarray], np.ndarray] = lambda logits: logits
    """What the model does with logits after its matrix."""


class Kept:
    """What passed some modules, in float64, by layer; NaN for layers without them."""

    def __init__(self, model: Any, ids: torch.Tensor, paths: Paths) -> None:
        model = deepcopy(model).double()
        model.__dict__.pop("_layerscope_parts", None)
        model.config._attn_implementation = "eager"
        model.config._experts_implementation = "eager"
        blocks = list(model.get_submodule(paths.blocks))
        self.seen: dict[tuple[str, int], np.ndarray] = {}
        for layer, block in enumerate(blocks):
            self._hook(block, "pre", layer, is_input=True)
            self._hook(block, "post", layer)
            for name in ("attn", "mlp", "mid", "down", "attention"):
                path = getattr(paths, name)
                part = _find(block, path)
                if part is not None:
                    is_input = name in ("mid", "down")
                    self._hook(part, name, layer, is_input=is_input, item=name == "attention")
        with torch.no_grad():
            self.logits = model(input_ids=ids[None]).logits[0].numpy()
        self.norm, self.head = _find(model, paths.norm), model.get_output_embeddings()
        self.n_layers = len(blocks)

    def stack(self, name: str, scale: float = 1.0) -> np.ndarray:
        """What was kept under a name in all layers."""
        there = next(value for (kept, _), value in self.seen.items() if kept == name)
        empty = np.full(there.shape, np.nan)
        layers = [self.seen.get((name, layer), empty) for layer in range(self.n_layers)]
        return scale * np.stack(layers)

    def has(self, name: str) -> bool:
        return any(kept == name for kept, _ in self.seen)

    def _hook(
        self, module: Any, name: str, layer: int, *, is_input: bool = False, item: bool = False
    ) -> None:
        def before(_: Any, args: Any, kwargs: Any) -> None:
            value = args[0] if args else kwargs["hidden_states"]
            self.seen[name, layer] = value.reshape(-1, value.shape[-1]).numpy().copy()

        def after(_: Any, args: Any, output: Any) -> None:
            if item:
                if isinstance(output, tuple) and output[1] is not None:
                    self.seen[name, layer] = output[1][0].numpy().copy()
                return
            value = output[0] if isinstance(output, tuple) else output
            self.seen[name, layer] = value.reshape(-1, value.shape[-1]).numpy().copy()

        if is_input:
            module.register_forward_pre_hook(before, with_kwargs=True)
        else:
            module.register_forward_hook(after)


def plain_measures(model: Any, ids: torch.Tensor, paths: Paths) -> dict[str, np.ndarray]:
    """Every measure by its name; rows are layers from the embedding on, or from the first block."""
    kept = Kept(model, ids, paths)
    pre, post = kept.stack("pre"), kept.stack("post")
    stream = np.concatenate([pre[:1], post])
    found = {**_of_stream(stream), **_of_lens(kept, stream, ids.numpy(), paths)}
    if kept.has("attn"):
        attn = kept.stack("attn", paths.scale)
        found["attention output"] = length(attn)
        found["cosine of write to stream, attn_out"] = cosine(attn, pre)
    if kept.has("mlp"):
        mlp = kept.stack("mlp", paths.scale)
        found["MLP output"] = length(mlp)
        added_to = kept.stack("mid") if kept.has("mid") else pre
        found["cosine of write to stream, mlp_out"] = cosine(mlp, added_to)
    if kept.has("down"):
        sizes = np.abs(kept.stack("down"))
        found["largest neuron"] = sizes.max(-1)
        limit = np.sqrt((sizes**2).mean(-1, keepdims=True))
        found["active neurons"] = np.where(
            np.isnan(limit[..., 0]), np.nan, (sizes > limit).mean(-1)
        )
    if kept.has("attention"):
        found |= _of_attention(kept.stack("attention"))
    return found


def length(vectors: np.ndarray) -> np.ndarray:
    """Root of the sum of squares."""
    return np.sqrt((vectors**2).sum(-1))


def cosine(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Cosine of two arrays of vectors."""
    return (one * other).sum(-1) / (length(one) * length(other))


def _of_stream(stream: np.ndarray) -> dict[str, np.ndarray]:
    moved = np.full(stream.shape[:2], np.nan)
    turned = moved.copy()
    moved[1:] = length(stream[1:] - stream[:-1]) / length(stream[:-1])
    turned[1:] = cosine(stream[1:], stream[:-1])
    return {
        "residual norm": length(stream),
        "update size": moved,
        "cosine to previous layer": turned,
        "cosine to final layer": cosine(stream, np.broadcast_to(stream[-1], stream.shape)),
    }


def _of_lens(
    kept: Kept, stream: np.ndarray, ids: np.ndarray, paths: Paths
) -> dict[str, np.ndarray]:
    with torch.no_grad():
        vectors = torch.tensor(stream)
        logits = kept.head(vectors if kept.norm is None else kept.norm(vectors)).numpy()
    logits = paths.finish(logits)
    np.testing.assert_allclose(logits[-1], kept.logits, rtol=1e-6, atol=1e-9)
    log_probs = logits - logits.max(-1, keepdims=True)
    log_probs -= np.log(np.exp(log_probs).sum(-1, keepdims=True))
    probs, final = np.exp(log_probs), log_probs[-1]
    following = np.append(ids[1:], final[-1].argmax())
    at = np.arange(len(ids))
    chosen = log_probs[:, at, following]
    return {
        "lens confidence": probs.max(-1),
        "lens entropy": -(probs * log_probs).sum(-1) / np.log(2),
        "lens KL to final": (np.exp(final) * (final - log_probs)).sum(-1) / np.log(2),
        "next-token probability": np.exp(chosen),
        "next-token rank": 1 + (log_probs > chosen[..., None]).sum(-1),
    }


def _of_attention(weights: np.ndarray) -> dict[str, np.ndarray]:
    n = weights.shape[-1]
    logs = np.log(np.where(weights > 0, weights, 1))
    received = (weights.sum(-2) - weights[..., range(n), range(n)]).mean(1)
    later = np.arange(n - 1, -1, -1, dtype=float)
    first = weights[..., 0].mean(1)
    first[:, 0] = np.nan
    entropy = np.where(np.isnan(weights), np.nan, -weights * logs).sum(-1).mean(1) / np.log(2)
    with np.errstate(invalid="ignore"):
        return {
            "attention entropy": entropy,
            "attention received": received / np.where(later == 0, np.nan, later),
            "attention to the first token": first,
        }


def _find(module: Any, path: str | None) -> Any:
    for name in path.split(".") if path else ():
        module = getattr(module, name, None)
    return module if path else None
