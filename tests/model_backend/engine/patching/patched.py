"""Tiny models with texts of few tokens, and a patch map made with plain hooks, cell by cell."""

from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from model_backend.api.patching import PatchRequest, PatchSite
from model_backend.engine.patching.answers import Answers
from model_backend.engine.patching.prepare import Prepared, prepare, run_texts
from model_backend.engine.patching.rows import RowMaker
from model_backend.models.architecture import locate
from model_backend.models.loaded import LoadedModel
from model_backend.models.unembed import make_unembed
from tests.model_backend.answering.word_model import word_model

A = " w11 w5 w20 w5 w3 w40 w7"
B = " w11 w5 w33 w5 w3 w41 w7"
"""Seven tokens each; the third and the sixth differ."""
FIRST_DIFFERENT = 2

FAMILIES = (
    *("llama", "gpt2", "gpt_neox", "cohere2", "opt, norm after", "mistral", "gemma2", "bloom"),
    *("qwen3_moe", "mixtral", "falcon, new", "olmo2", "granite", "mpt", "phi3"),
)
"""Parallel blocks, norms after them, grouped heads, experts, sliding windows, biases for distance,
scaled writes and capped logits are among them."""


def loaded_model(variant: str) -> LoadedModel:
    """A tiny model with its lens."""
    loaded = word_model(variant)
    return replace(loaded, unembed=make_unembed(loaded.model))


def prepared(variant: str, a: str = A, b: str = B, **options: Any) -> Prepared:
    """Everything that the rows of a map are made from, with the two answers that differ most."""
    loaded, request = loaded_model(variant), PatchRequest("tiny", a, b, **options)
    texts = run_texts(loaded, request)
    if a != b and not request.answer_a:
        between = (texts.a.logits - texts.b[0].logits)[: len(loaded.tokenizer)]
        ids = (int(between.argmax()), int(between.argmin()))
        texts = replace(texts, answers=Answers(ids))
    return prepare(texts, request)


def rows(variant: str, found: Prepared, **options: Any) -> Tensor:
    """The exact effect of every cell."""
    maker = RowMaker(loaded_model(variant), found, **options)
    return torch.stack([row.effect for row in maker.make(found.patchings[0].rows)])


def plain_rows(variant: str, found: Prepared) -> Tensor:
    """The same with a hook and a whole pass for each cell, from the model's own forward."""
    model: Any = loaded_model(variant).model
    patching, metrics = found.patchings[0], []
    own, theirs = found.texts.b[0], found.texts.a
    if patching.base is found.texts.a:
        own, theirs = theirs, own
    for row in patching.rows:
        cells = range(found.columns)
        logits = [_plain_cell(model, found, own, theirs, (row, cell)) for cell in cells]
        metrics.append(found.effect(found.reader.measure(torch.stack(logits))))
    return torch.stack(metrics)


def _plain_cell(model: Any, found: Prepared, own: Any, theirs: Any, cell: tuple[int, int]) -> Any:
    row, column = cell
    parts, site = locate(model), found.site

    def into(vectors: Tensor, source: Tensor) -> Tensor:
        changed, flat = vectors.clone(), source.reshape(vectors.shape)
        if site is PatchSite.HEADS:
            size = vectors.shape[-1] // found.columns
            head = slice(column * size, (column + 1) * size)
            changed[..., head] = flat[..., head]
        else:
            changed.reshape(-1, changed.shape[-1])[column] = source[column]
        return changed

    hook = _hook(parts, site, row, into, theirs)
    try:
        with torch.inference_mode():
            return model(input_ids=torch.tensor(own.ids)[None], use_cache=False).logits[0, -1]
    finally:
        hook.remove()


def _hook(parts: Any, site: PatchSite, row: int, into: Any, theirs: Any) -> Any:
    block = parts.blocks[max(row - 1, 0)]

    def leaves(_: Any, __: Any, output: Any) -> Any:
        source = theirs.residual[row] if site is PatchSite.RESID_POST else theirs.written[row - 1]
        if isinstance(output, tuple):
            return (into(output[0], source), *output[1:])
        return into(output, source)

    def enters(_: Any, args: Any, kwargs: Any) -> Any:
        source = theirs.residual[0] if site is PatchSite.RESID_POST else theirs.written[row - 1]
        if args:
            return (into(args[0], source), *args[1:]), kwargs
        return args, {**kwargs, "hidden_states": into(kwargs["hidden_states"], source)}

    if site is PatchSite.RESID_POST and row == 0:
        return block.register_forward_pre_hook(enters, with_kwargs=True)
    if site is PatchSite.HEADS:
        from model_backend.engine.patching.texts import output_projection

        return output_projection(parts, block).register_forward_pre_hook(enters, with_kwargs=True)
    modules = {PatchSite.ATTN_OUT: parts.attn_outs, PatchSite.MLP_OUT: parts.mlp_outs}
    module = modules.get(site, parts.blocks)[max(row - 1, 0)]
    return module.register_forward_hook(leaves)
