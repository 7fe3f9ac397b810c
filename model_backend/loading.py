"""From a catalogue entry to a model in memory, or to a sentence that says why not.

Imports torch and transformers, which takes seconds, so it is imported on the thread that loads.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

from model_backend.architecture import locate
from model_backend.catalogue import CatalogueEntry
from model_backend.checkpoint import Checkpoint, open_checkpoint
from model_backend.errors import ModelUnavailable
from model_backend.interface import ModelCard, ModelState
from model_backend.lens import Unembed, make_unembed

Report = Callable[[str], None]
"""Is told, in a few words, what is being done."""

DTYPES = {
    "float32": torch.float32,
    "bfloat16": torch.bfloat16,
    "float16": torch.float16,
}


@dataclass(frozen=True, eq=False)
class LoadedModel:
    """A model and its tokenizer in memory, with what is known of them."""

    card: ModelCard
    model: nn.Module
    tokenizer: Any
    unembed: Unembed
    tokenizer_hash: str
    running: threading.Lock = field(default_factory=threading.Lock)
    """Held during a forward pass: one at a time for each model."""
    tokenizing: threading.Lock = field(default_factory=threading.Lock)
    """Held while the tokenizer works: a fast tokenizer cannot be used by two threads at once."""


def load_model(
    entry: CatalogueEntry, report: Report, *, device: str, dtype: str, max_tokens: int
) -> LoadedModel:
    """Load one model of the catalogue.

    Raises:
        ModelUnavailable: it is missing, broken, unsafe or too big.
        UnknownArchitecture: its family is not known; found out before any weights are read.
    """
    report("reading the description")
    checkpoint = _checkpoint(entry, report)
    config = AutoConfig.from_pretrained(checkpoint.folder, local_files_only=True)
    place = torch.device(_device(device))
    number = DTYPES["float32"] if dtype == "auto" else DTYPES[dtype]
    tokenizer = AutoTokenizer.from_pretrained(checkpoint.folder, local_files_only=True)
    report("reading the weights")
    model: Any = AutoModelForCausalLM.from_pretrained(
        checkpoint.folder, config=config, dtype=number, use_safetensors=True, local_files_only=True
    )
    model = model.to(place).eval()
    text_config = config.get_text_config()
    context = getattr(text_config, "max_position_embeddings", None) or max_tokens
    architecture = locate(model)
    card = ModelCard(
        name=entry.name,
        state=ModelState.READY,
        message=entry.note,
        family=config.model_type,
        n_layers=architecture.n_layers,
        hidden_size=text_config.hidden_size,
        vocabulary_size=model.get_output_embeddings().weight.shape[0],
        max_tokens=min(context, max_tokens),
        revision=checkpoint.revision,
        dtype=str(number).removeprefix("torch."),
    )
    return LoadedModel(card, model, tokenizer, make_unembed(model), checkpoint.tokenizer_hash)


def _checkpoint(entry: CatalogueEntry, report: Report) -> Checkpoint:
    if entry.folder is None:
        raise ModelUnavailable("hub models come later")
    return open_checkpoint(entry.folder)


def _device(name: str) -> str:
    if name != "auto":
        return name
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"
