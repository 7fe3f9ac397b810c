"""Keys and values of a text without a patch, which every suffix of a patched cell reads."""

from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor
from transformers.cache_utils import Cache, DynamicCache, DynamicLayer

from model_backend.engine.patching.block_calls import BlockCalls
from model_backend.models.architecture import Architecture

Keys = Float[Tensor, "sequence head token key_width"]
Values = Float[Tensor, "sequence head token value_width"]


class Taken(Exception):
    """Ends a block early with the keys and values that it was about to attend to."""

    def __init__(self, keys: Keys, values: Values) -> None:
        super().__init__()
        self.keys, self.values = keys, values


class _Before(DynamicLayer):
    """Keys and values of one block that stand before whatever comes, and are never added to."""

    def __init__(self, keys: Keys, values: Values) -> None:
        super().__init__()
        self.keys, self.values = keys, values
        self.is_initialized = True

    def update(
        self, key_states: Keys, value_states: Values, *_: Any, **__: Any
    ) -> tuple[Tensor, Tensor]:
        return _joined(self.keys, key_states), _joined(self.values, value_states)


class _Taking(_Before):
    def update(self, *states: Any, **options: Any) -> tuple[Tensor, Tensor]:
        raise Taken(*super().update(*states, **options))


class _Held(_Before):
    def update(self, *_: Any, **__: Any) -> tuple[Tensor, Tensor]:
        return self.keys, self.values


class Prefix:
    """Keys and values of every block for one text."""

    def __init__(
        self,
        parts: Architecture,
        ids: Int[Tensor, " token"],
        residual: Float[Tensor, "row token hidden"],
    ) -> None:
        """Run each block once on the row that it reads.

        Raises:
            AttributeError, TypeError, ValueError, RuntimeError: the model keeps no keys and values.
        """
        made = DynamicCache()
        calls = BlockCalls(parts, ids[None], past_key_values=made, use_cache=True)
        for layer in range(parts.n_layers):
            calls.run(layer, residual[layer][None])
        self._layers: list[Any] = made.layers

    def cache(self, n_tokens: int, *, is_taking: bool = False) -> Cache:
        """The first tokens as a model's cache; it may end a block by raising ``Taken``."""
        kind = _Taking if is_taking else _Before
        some = slice(None, n_tokens)
        return Cache([kind(one.keys[:, :, some], one.values[:, :, some]) for one in self._layers])


def held(taken: Taken, n_layers: int) -> Cache:
    """All that a block attends to as a model's cache; its own tokens are among it."""
    return Cache([_Held(taken.keys, taken.values)] * n_layers)


def _joined(
    before: Float[Tensor, "1 head before width"], own: Float[Tensor, "sequence head token width"]
) -> Float[Tensor, "sequence head all width"]:
    return torch.cat([before.expand(len(own), -1, -1, -1), own], dim=2)
