"""Inspects a tiny model of a type and says in a row what is taken, what not, and why."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import torch

from model_backend.api.errors import BackendError
from model_backend.api.maps.measure_specs import Needs
from model_backend.engine.forward import Trace, trace_with_measures
from model_backend.models.architecture import Architecture, locate
from model_backend.models.discovery.parts import in_block
from model_backend.models.families import refuse_type
from model_backend.models.load_plan import outline_model
from model_backend.models.unembed import make_unembed
from tests.model_backend.tiny_models import ENCODERS, build_model
from tests.model_backend.zoo.making import tiny_config, tiny_of_type

N_TOKENS = 13
ENCODER_TYPES = tuple(f"{name} (encoder)" for name in ENCODERS)


class Outcome(StrEnum):
    """What becomes of a type."""

    TAKEN = "taken"
    BY_DESIGN = "by design"
    REFUSED = "refused"


BY_DESIGN = (
    "read with an encoder and answer with a decoder",
    "has no single residual stream",
    "several times in one pass",
    "there is no text alone",
)
"""Words of the reasons for which a type is refused by design."""


@dataclass(frozen=True)
class TypeRow:
    """Outcome for one type; each of the shares is "all" or "some" of the layers, or empty."""

    model_type: str
    refused: str = ""
    blocks: str = ""
    lens: bool = False
    writes: str = ""
    attention: str = ""
    neurons: str = ""
    failed: str = ""
    """Letters of the laws that fail, with their errors."""

    @property
    def outcome(self) -> Outcome:
        if not self.refused:
            return Outcome.TAKEN
        by_design = any(words in self.refused for words in BY_DESIGN)
        return Outcome.BY_DESIGN if by_design else Outcome.REFUSED


def examine(model_type: str) -> TypeRow:
    """Make and inspect one type, as loading it would."""
    try:
        model = _model(model_type)
        return inspect_type(model_type, model, locate(model))
    except BackendError as error:
        return TypeRow(model_type, refused=str(error))
    except AssertionError:
        raise
    except Exception as error:  # the model's own code, over a config that does not fit it
        reason = " ".join(str(error).split())[:120]
        return TypeRow(model_type, refused=f"No tiny model of this type runs here: {reason}")


def inspect_type(model_type: str, model: Any, parts: Architecture) -> TypeRow:
    """Inspect a tiny model and compare its last row with its own logits."""
    input_ids = torch.randint(3, 90, (N_TOKENS,), generator=torch.Generator().manual_seed(5))
    trace = trace_with_measures(model, input_ids, attention=True)
    check_last_row(model, parts, input_ids, trace)
    check_shape(parts, trace)
    return TypeRow(
        model_type,
        blocks=parts.block_kind.name.lower().replace("_", "-"),
        lens=parts.unembedding is not None,
        writes=_share(parts, "attn_outs", "mlp_outs"),
        attention=_share(parts, "attentions"),
        neurons=_share(parts, "down_projections"),
        failed=", ".join(f"({law.law}) by {law.error:.1g}" for law in parts.laws if not law.holds),
    )


def check_last_row(model: Any, parts: Architecture, input_ids: torch.Tensor, trace: Trace) -> None:
    """See that the last row gives the model's own logits, or an encoder's own last states."""
    with torch.inference_mode():
        output = model(input_ids=input_ids[None])
        if parts.is_causal and parts.unembedding is not None:
            made, own = make_unembed(model)(trace.residual[-1]), output.logits[0]
            torch.testing.assert_close(made, own, rtol=1e-3, atol=1e-4)
        elif parts.is_causal is False:
            last = trace.residual[-1]
            made = last if parts.final_norm is None else parts.final_norm(last)
            torch.testing.assert_close(made, output[0][0], rtol=1e-3, atol=1e-4)


def check_shape(parts: Architecture, trace: Trace) -> None:
    """See that numbers are there for exactly the layers that have the part."""
    rows = {
        Needs.WEIGHTS: parts.attentions,
        Needs.NEURONS: parts.down_projections,
    }
    for needs, modules in rows.items():
        there = [values for (measure, _), values in trace.numbers.items()
                 if measure.spec.needs is needs]  # fmt: skip
        assert bool(there) == bool(modules)
        for values in there:
            empty = values.isnan().all(-1).tolist()
            assert empty == [in_block(modules, i) is None for i in range(parts.n_layers)]


def _model(model_type: str) -> Any:
    if model_type in ENCODER_TYPES:
        return build_model(model_type.removesuffix(" (encoder)"))
    refuse_type(model_type)
    outline_model(tiny_config(model_type))  # as loading does, before any weights are read
    return tiny_of_type(model_type)


def _share(parts: Architecture, *names: str) -> str:
    there = [
        any(in_block(getattr(parts, name), layer) is not None for name in names)
        for layer in range(parts.n_layers)
    ]
    return "all" if all(there) else "some" if any(there) else ""
