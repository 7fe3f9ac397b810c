"""From a catalogue entry to a model in memory, or to a sentence that says why not.

What can be refused is refused before it costs anything: first the description, then the
architecture, then memory, and only then the weights are fetched and read. Imports torch and
transformers, which takes seconds, so it is itself imported on the thread that loads.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from copy import deepcopy
from pathlib import Path
from typing import Any

import torch
from torch import nn
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer
from transformers.utils import logging as transformers_logging

from model_backend.architecture import locate
from model_backend.catalogue import CatalogueEntry, Settings
from model_backend.checkpoint import Checkpoint, check_description, open_checkpoint
from model_backend.errors import ModelUnavailable, UnknownArchitecture
from model_backend.hub import fetch_description, fetch_weights
from model_backend.interface import ModelCard, ModelState
from model_backend.lens import make_unembed
from model_backend.loaded import LoadedModel, Report
from model_backend.memory import check_memory
from model_backend.weights import read_weights

transformers_logging.disable_progress_bar()


def load_model(
    entry: CatalogueEntry,
    report: Report,
    settings: Settings,
    pause: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> LoadedModel:
    """Load one model of the catalogue; ``pause`` keeps other models from running meanwhile.

    Raises:
        ModelUnavailable: it is missing, broken, unsafe or too big.
        UnknownArchitecture: its family is not known; found out before any weights are read.
    """
    report("reading its description")
    folder = entry.folder or fetch_description(entry.source, report)
    check_description(folder)
    config = read_config(entry.name, folder)
    outline = outline_model(config)
    device = pick_device(settings.device)
    dtype = pick_dtype(settings.dtype, config, device)
    n_parameters = sum(parameter.numel() for parameter in outline.parameters())
    check_memory(entry.name, n_parameters, dtype, device)
    if entry.folder is None:
        fetch_weights(entry.source, folder, report)
    commit = None if entry.folder else folder.name
    checkpoint = open_checkpoint(entry.name, folder, revision=commit)
    tokenizer = read_tokenizer(entry.name, folder)
    report(f"reading {n_parameters / 1e6:,.0f} million weights")
    # transformers sets torch's default dtype, for all threads, while it builds a model.
    with pause() if dtype is not torch.get_default_dtype() else nullcontext():
        model = read_weights(checkpoint, config, outline, dtype).to(device)
    card = _card(entry, checkpoint, model, settings.max_tokens)
    return LoadedModel(card, model, tokenizer, make_unembed(model), checkpoint.tokenizer_hash)


def read_config(name: str, folder: Path) -> Any:
    """The model's configuration.

    Raises:
        ModelUnavailable: it makes no sense, or the weights are quantised.
        UnknownArchitecture: transformers does not know its type.
    """
    try:
        config = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    except Exception as error:  # a config may be wrong in as many ways as there are fields
        reason = str(error).strip().splitlines()
        if "does not recognize this architecture" in str(error):
            raise UnknownArchitecture(f"{name}: {reason[0]}") from error
        raise ModelUnavailable(
            f"The config.json of {name} cannot be used: {' '.join(reason[:2])}"
        ) from error
    if getattr(config, "quantization_config", None):
        raise ModelUnavailable(
            f"The weights of {name} are quantised, which is not supported here. "
            "Choose the original model."
        )
    # It may name another file than the one that is looked at here, even a pickle.
    config.transformers_weights = None
    return config


def outline_model(config: Any) -> nn.Module:
    """The model without its weights: enough to see whether it is known, and how large it is.

    Raises:
        UnknownArchitecture: the family is not known, or it is no causal language model.
    """
    try:
        with torch.device("meta"):
            # A copy, since what is asked for here is written into the config.
            outline = AutoModelForCausalLM.from_config(
                deepcopy(config), dtype=torch.float32, attn_implementation="eager"
            )
    except Exception as error:
        raise UnknownArchitecture(
            f"Models of type {config.model_type!r} cannot be opened as causal language models."
        ) from error
    locate(outline)
    return outline


def pick_device(name: str) -> torch.device:
    """The device of that name; the best one there is for ``auto``.

    Raises:
        ModelUnavailable: this machine has no such device.
    """
    available = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if name == "auto":
        name = next((device for device, there in available.items() if there), "cpu")
    if not available.get(name, True):
        raise ModelUnavailable(f"This machine has no {name} device. Start with --device cpu.")
    return torch.device(name)


def pick_dtype(name: str, config: Any, device: torch.device) -> torch.dtype:
    """The dtype of that name; for ``auto`` the checkpoint's own, and float32 on a CPU.

    A CPU without instructions for half precision is many times slower in it than in float32, and
    float32 holds every number of the checkpoint exactly. It takes twice the memory, which is
    checked; ``--dtype bfloat16`` is there for those who have it not.
    """
    if name != "auto":
        chosen: torch.dtype = getattr(torch, name)
        return chosen
    stored = config.get_text_config().dtype or config.dtype
    if device.type == "cpu" or stored not in (torch.float16, torch.bfloat16):
        return torch.float32
    return stored


def read_tokenizer(name: str, folder: Path) -> Any:
    """The tokenizer beside the model.

    Raises:
        ModelUnavailable: it cannot be read, or knows no tokens.
    """
    try:
        tokenizer = AutoTokenizer.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False
        )
    except Exception as error:  # many libraries, each with errors of its own
        reason = str(error).strip().splitlines()[:1]
        raise ModelUnavailable(
            f"The tokenizer of {name} cannot be read: {' '.join(reason)}"
        ) from error
    if not tokenizer.get_vocab():
        raise ModelUnavailable(f"The tokenizer of {name} has an empty vocabulary.")
    return tokenizer


def _card(entry: CatalogueEntry, checkpoint: Checkpoint, model: Any, max_tokens: int) -> ModelCard:
    config = model.config.get_text_config()
    context = getattr(config, "max_position_embeddings", None)
    return ModelCard(
        name=entry.name,
        state=ModelState.READY,
        message=entry.note,
        family=model.config.model_type,
        n_layers=locate(model).n_layers,
        hidden_size=config.hidden_size,
        vocabulary_size=model.get_output_embeddings().weight.shape[0],
        # Families that count positions otherwise have no such limit, or a number that is none.
        max_tokens=min(context, max_tokens) if context and context > 0 else max_tokens,
        revision=checkpoint.revision,
        dtype=str(model.dtype).removeprefix("torch."),
    )
