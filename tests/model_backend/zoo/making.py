"""Makes a tiny random model of a type by its name alone."""

from typing import Any

import torch
from transformers import AutoModelForCausalLM
from transformers.models.auto.configuration_auto import CONFIG_MAPPING
from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES

from tests.model_backend.tiny_models import ENCODERS, disturb
from tests.model_backend.zoo.overrides import OVERRIDES
from tests.model_backend.zoo.shrinking import shrunk

CAUSAL_TYPES = tuple(sorted(MODEL_FOR_CAUSAL_LM_MAPPING_NAMES.keys() - ENCODERS))
"""Every causal type but those that are opened as encoders here."""
N_LAYERS = 4


def tiny_config(model_type: str) -> Any:
    """A small config in which every kind of block of the type occurs."""
    config_class: Any = CONFIG_MAPPING[model_type]
    given = dict(OVERRIDES.get(model_type, {}))
    n_layers = given.pop("n_layers", N_LAYERS)
    entries: dict[str, Any] = {}
    usual = config_class().to_dict()
    for name in getattr(config_class, "sub_configs", {}):
        part = usual.get(name)
        if isinstance(part, dict):
            kind = {"model_type": part["model_type"]} if "model_type" in part else {}
            entries[name] = {**kind, **shrunk(part, n_layers)}
    entries |= shrunk(usual, n_layers)
    for name, value in given.items():
        entries[name] = {**entries.get(name, {}), **value} if isinstance(value, dict) else value
    return config_class(**entries)


def tiny_of_type(model_type: str) -> Any:
    """A new tiny model with random weights; norms, biases and scales are not the identity."""
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(tiny_config(model_type)).eval()
    disturb(model)
    return model
