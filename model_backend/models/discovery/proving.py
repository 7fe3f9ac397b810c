"""From a loaded model to its proved parts: structure on one text, laws on another.

What fails is left out, and the reason is kept. A model whose stream itself cannot be trusted is
refused.
"""

import inspect
from typing import Any

import torch
from torch import Tensor, nn

from model_backend.api.errors import UnknownArchitecture, UnsoundActivations
from model_backend.api.models.laws import Law, LawResult
from model_backend.models.discovery.eager import eager_attention, witnessed_attention
from model_backend.models.discovery.laws import (
    INFINITE,
    check_chain,
    check_neurons,
    check_readout,
    check_writes,
    of_layers,
    parts_of,
    post_of,
)
from model_backend.models.discovery.listening import Heard, hear
from model_backend.models.discovery.offering import assemble, offer
from model_backend.models.discovery.parts import Architecture
from model_backend.models.discovery.structure import Structure, find_structure, probe_ids
from model_backend.models.discovery.tolerance import relative_error, tolerance
from model_backend.models.discovery.unembed import unembed_of

SEARCH_TOKENS = 7
PROOF_TOKENS = 9
CHANGED_TOKENS = 3
"""Tokens at the end of the text that are changed to see whether earlier positions stay."""


def discover(model: Any) -> Architecture:
    """Find the parts of a model and check them by the laws.

    Raises:
        UnknownArchitecture: the model has no single residual stream, or its rows are not what a
            text of tokens leaves.
        UnsoundActivations: some activation is not finite.
    """
    structure = find_structure(model, probe_ids(model, SEARCH_TOKENS, seed=1))
    _refuse_infinite(structure)
    input_ids = probe_ids(model, PROOF_TOKENS, seed=2)
    heard = hear(model, input_ids, parts_of(structure.blocks))
    body = find_body(model, structure)
    laws = [
        _check_hooks(model, body, input_ids, heard, structure),
        check_chain(structure.blocks, heard),
    ]
    if not structure.is_encoder:
        laws.append(_check_causality(body, input_ids, heard, structure))
    for law in laws:
        if not law.holds:
            raise UnknownArchitecture(f"{type(model).__name__} is refused. {law.sentence}")
    return _prove(model, structure, body, input_ids, heard, laws)


def find_body(model: nn.Module, structure: Structure) -> nn.Module:
    """The innermost module that takes token ids and runs all blocks."""
    blocks = {id(parts.block.module) for parts in structure.blocks}
    best = model
    for module in model.modules():
        inside = {id(part) for part in module.modules()}
        takes_ids = "input_ids" in inspect.signature(module.forward).parameters
        if takes_ids and blocks <= inside and hasattr(module, "config"):
            best = module
    return best


def _check_hooks(
    model: nn.Module, body: nn.Module, input_ids: Tensor, heard: Heard, structure: Structure
) -> LawResult:
    """Law (f): plain logits, logits of the pass that was heard, and the body run alone."""
    plain = hear(model, input_ids).logits
    last = structure.blocks[-1].block.module
    alone = hear(body, input_ids, [last]).left[last]
    error = 0.0 if torch.equal(plain, heard.logits) else INFINITE
    if not torch.equal(alone, heard.left[last]):
        error = max(error, relative_error(alone, heard.left[last], heard.left[last]))
    return LawResult(Law.HOOKS, error, 0.0)


def _check_causality(
    body: nn.Module, input_ids: Tensor, heard: Heard, structure: Structure
) -> LawResult:
    """Law (g): rows of early positions after the last tokens have been changed."""
    changed = input_ids.clone()
    changed[-CHANGED_TOKENS:] = changed[:CHANGED_TOKENS].flip(0)
    modules = [parts.block.module for parts in structure.blocks]
    other = hear(body, changed, modules)
    early, errors = slice(0, -CHANGED_TOKENS), []
    for module in modules:
        update = heard.left[module].double() - heard.entered[module].double()
        errors.append(
            relative_error(other.left[module][early], heard.left[module][early], update[early])
        )
    return of_layers(Law.CAUSALITY, errors, tolerance(heard.left[modules[0]].dtype))


def _prove(
    model: Any,
    structure: Structure,
    body: nn.Module,
    input_ids: Tensor,
    heard: Heard,
    laws: list[LawResult],
) -> Architecture:
    parts = assemble(model, structure, body)
    if parts.unembedding is not None:
        device = parts.weight.device
        last = post_of(structure.blocks, heard).to(device)
        laws.insert(0, check_readout(unembed_of(parts), last, heard.logits))
    elif not structure.is_encoder:
        laws.insert(0, LawResult(Law.READOUT, INFINITE, tolerance(torch.float32)))
    laws.append(check_writes(structure.blocks, heard))
    neurons = check_neurons(structure.blocks, heard)
    attention = _check_attention(body, input_ids, heard, structure)
    laws += [law for law in (neurons, attention) if law is not None]
    return offer(parts, structure, tuple(sorted(laws, key=lambda law: law.law)))


def _check_attention(
    body: Any, input_ids: Tensor, heard: Heard, structure: Structure
) -> LawResult | None:
    """Law (e): weights times values, and the rows under eager attention beside the model's own."""
    modules = [parts.block.module for parts in structure.blocks]
    if not any(parts.attention for parts in structure.blocks):
        return None
    try:
        with witnessed_attention(body.config) as errors:
            eager = hear(body, input_ids, modules)
    except Exception:  # code that knows only the attention functions it names
        errors = {}
        with eager_attention(body.config):
            eager = hear(body, input_ids, modules)
    found = []
    for parts, module in zip(structure.blocks, modules, strict=True):
        seen = errors.get(id(parts.attention.module), [0.0]) if parts.attention else [0.0]
        update = heard.left[module].double() - heard.entered[module].double()
        # Fused and eager attention round differently, and blocks hand the difference on.
        left = heard.left[module]
        noise = 8 * torch.finfo(left.dtype).eps * left.double().norm(dim=-1)
        found.append(max(*seen, relative_error(eager.left[module], left, update, noise)))
    allowed = 10 * tolerance(heard.left[modules[0]].dtype)
    return of_layers(Law.ATTENTION, found, allowed)


def _refuse_infinite(structure: Structure) -> None:
    """Say from which layer on activations are not finite."""
    for layer, parts in enumerate(structure.blocks, start=1):
        value = parts.block.leaving
        if value is not None and not torch.isfinite(value.rows).all():
            raise UnsoundActivations(
                f"The activations are not finite from layer '{layer}' on, in {value.rows.dtype}. "
                "Load the model in a wider dtype, such as float32 or bfloat16."
            )
