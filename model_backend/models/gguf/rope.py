"""Restores the rule by which Llama 3 scales its rotary positions, from the factors in a GGUF file.

The file holds the divisor of each frequency, while transformers needs the rule. The rule with its
published numbers is used only if it reproduces the divisors of the file.
"""

from copy import deepcopy
from typing import Any

import torch
from torch import Tensor
from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

from model_backend.api.errors import ModelUnavailable
from model_backend.models.gguf.header import GgufHeader
from model_backend.models.gguf.weights import ROPE_FACTORS, read_tensor

LLAMA_3 = {
    "rope_type": "llama3",
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 8192,
}
"""Values from the config.json of Llama 3.1, 3.2 and 3.3, which differ only in ``factor``."""


def take_rope_factors(name: str, header: GgufHeader, config: Any) -> None:
    """Set the config's rule for rotary positions if the file holds divisors.

    Raises:
        ModelUnavailable: Llama 3's rule does not give these divisors.
    """
    stored = next((tensor for tensor in header.tensors if tensor.name == ROPE_FACTORS), None)
    if stored is None:
        return
    factors = torch.from_numpy(read_tensor(header.path, stored))
    stretched = deepcopy(config)
    stretched.rope_parameters = {
        **config.rope_parameters,
        **LLAMA_3,
        "factor": round(float(factors.max()), 3),
    }
    made = _divisors(stretched)
    if made.shape != factors.shape or not torch.allclose(made, factors, rtol=1e-3):
        raise ModelUnavailable(
            f"{name} stretches its positions by another rule than Llama 3's, and transformers "
            "takes none from a GGUF file. Choose the original model, in safetensors files."
        )
    config.rope_parameters = stretched.rope_parameters


def _divisors(config: Any) -> Tensor:
    """Divisor of each frequency by the rule of a config."""
    frequencies, _ = ROPE_INIT_FUNCTIONS["llama3"](config, torch.device("cpu"))
    size = 2 * len(frequencies)
    plain = config.rope_parameters["rope_theta"] ** (-torch.arange(0, size, 2) / size)
    return plain / frequencies
