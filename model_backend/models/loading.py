"""Loads a catalogue entry into memory, or refuses it with a sentence.

Cheap checks come first: the description, then the architecture, then memory. Only then are the
weights downloaded and read. Imports torch and transformers, which takes seconds, so this module
is imported on the thread that loads.
"""

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import nn
from transformers import AutoTokenizer
from transformers.utils import logging as transformers_logging

from model_backend.api.door import ModelCard, ModelState
from model_backend.api.errors import ModelUnavailable
from model_backend.models.adapters import Adapter, merge_adapter, open_adapter
from model_backend.models.architecture import Architecture, locate
from model_backend.models.catalogue import CatalogueEntry, Settings
from model_backend.models.checkpoint import (
    Checkpoint,
    check_description,
    open_checkpoint,
    open_gguf,
)
from model_backend.models.families import context_length
from model_backend.models.gguf.header import GgufHeader, is_gguf
from model_backend.models.gguf.tokenizer import read_gguf_tokenizer
from model_backend.models.hub import fetch_description, fetch_files, fetch_weights
from model_backend.models.load_plan import Plan, plan_model
from model_backend.models.loaded import LoadContext, LoadedModel, Report
from model_backend.models.memory import check_memory, make_room
from model_backend.models.placing import place_parts
from model_backend.models.unembed import make_unembed
from model_backend.models.weights import read_weights

transformers_logging.disable_progress_bar()

NO_CONTEXT = LoadContext()


def load_model(
    entry: CatalogueEntry, report: Report, settings: Settings, context: LoadContext = NO_CONTEXT
) -> LoadedModel:
    """Load one model of the catalogue.

    Raises:
        ModelUnavailable: it is missing, broken, unsafe or too large.
        UnknownArchitecture: its family is not supported; checked before any weights are read.
        LoadingCancelled: the load was cancelled.
    """
    settings = settings.for_entry(entry)
    report("reading its description")
    path = entry.folder or _fetch(entry, report)
    if not is_gguf(path):
        check_description(path)
    adapter = open_adapter(entry.adapter, report) if entry.adapter else None
    plan = plan_model(entry.name, path, settings)
    _check_adapter(plan, adapter)
    check_memory(plan, context)
    if entry.folder is None and not entry.file:
        fetch_weights(entry.source, path, report)
    checkpoint = _open(entry, path, report)
    tokenizer = read_tokenizer(entry.name, path, plan.header)
    report("waiting for another model")
    with context.exclusive_load():
        make_room(plan, context)
        model = build_model(plan, checkpoint, adapter, report, context)
        report("finding its parts and checking the laws")
        parts = locate(model)
    card = replace(
        _card(entry, plan, settings.max_tokens, parts),
        revision=_revision(checkpoint, adapter),
        tokenizer_hash=checkpoint.tokenizer_hash,
        device=plan.device.type,
    )
    unembed = make_unembed(model) if parts.unembedding is not None else None
    return LoadedModel(
        card, model, tokenizer, unembed, checkpoint.tokenizer_hash, n_bytes=plan.n_bytes
    )


def build_model(
    plan: Plan,
    checkpoint: Checkpoint,
    adapter: Adapter | None,
    report: Report,
    context: LoadContext = NO_CONTEXT,
) -> nn.Module:
    """Read a model's weights, merge its adapter, and put it on its device or devices.

    Raises:
        ModelUnavailable, LoadingCancelled: as for ``load_model``.
    """
    report(f"reading {plan.n_parameters / 1e6:,.0f} million weights", 0.0)
    # transformers changes torch's default dtype, for all threads, while it builds a model.
    narrow = plan.dtype is not torch.get_default_dtype() or plan.bits or adapter
    with context.all_models_idle() if narrow else NO_CONTEXT.all_models_idle():
        placed = place_parts(plan)
        model = read_weights(checkpoint, plan, placed, report)
        if adapter is not None:
            report("merging its adapter")
            model = merge_adapter(plan.name, model, adapter)
    return model if placed is not None else model.to(plan.device)


def read_tokenizer(name: str, folder: Path, header: GgufHeader | None = None) -> Any:
    """The tokenizer beside the model, or in the same GGUF file.

    Raises:
        ModelUnavailable: it cannot be read, or has an empty vocabulary.
    """
    if header is not None:
        return read_gguf_tokenizer(name, header)
    try:
        tokenizer = AutoTokenizer.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False
        )
    except Exception as error:  # many libraries, each with its own errors
        reason = str(error).strip().splitlines()[:1]
        raise ModelUnavailable(
            f"The tokenizer of {name} cannot be read: {' '.join(reason)}"
        ) from error
    if not tokenizer.get_vocab():
        raise ModelUnavailable(f"The tokenizer of {name} has an empty vocabulary.")
    return tokenizer


def _fetch(entry: CatalogueEntry, report: Report) -> Path:
    """The description of a repository's model; of a GGUF file, which has it inside, all of it."""
    if not entry.file:
        return fetch_description(entry.source, report, revision=entry.revision)
    path = fetch_files(entry.source, (entry.file,), report, revision=entry.revision) / entry.file
    if not path.is_file():
        raise ModelUnavailable(
            f"The repository {entry.source} has no file {entry.file}. Check the name given as "
            "file in the catalogue."
        )
    return path


def _open(entry: CatalogueEntry, path: Path, report: Report) -> Checkpoint:
    if entry.folder is None and not entry.file:
        return open_checkpoint(entry.name, path, revision=path.name)
    report("checking its files")
    checkpoint = open_gguf(entry.name, path) if is_gguf(path) else open_checkpoint(entry.name, path)
    if entry.folder and not checkpoint.revision.startswith(entry.revision):
        raise ModelUnavailable(
            f"{path} has the revision {checkpoint.revision[:10]}, and the catalogue says "
            f"{entry.revision}. Its files have changed; put the right ones there, or the new "
            "revision into the catalogue."
        )
    return checkpoint


def _check_adapter(plan: Plan, adapter: Adapter | None) -> None:
    if adapter is not None and plan.bits is not None:
        raise ModelUnavailable(
            f"{plan.name} has an adapter, and an adapter cannot be merged into quantised weights. "
            "Load it without --quantize."
        )


def _revision(checkpoint: Checkpoint, adapter: Adapter | None) -> str:
    if adapter is None:
        return checkpoint.revision
    return hashlib.sha256(f"{checkpoint.revision} {adapter.revision}".encode()).hexdigest()


def _card(entry: CatalogueEntry, plan: Plan, max_tokens: int, parts: Architecture) -> ModelCard:
    config, context = plan.config.get_text_config(), context_length(plan.config)
    return ModelCard(
        name=entry.name,
        state=ModelState.READY,
        family=plan.config.model_type,
        n_layers=parts.n_layers,
        hidden_size=config.hidden_size,
        vocabulary_size=parts.vocabulary_size,
        max_tokens=min(context, max_tokens) if context else max_tokens,
        dtype=_numbers(plan),
        note=entry.note,
        laws=parts.laws,
    )


def _numbers(plan: Plan) -> str:
    """Number type of the model, and that of its file if it differs."""
    if plan.stored is not None:
        return f"{plan.precision} (stored as {plan.stored.words})"
    if plan.header is None or plan.header.plain_dtype == plan.precision:
        return plan.precision
    return f"{plan.precision} (stored as {plan.header.stored})"
