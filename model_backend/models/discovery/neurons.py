"""Finds the MLP's last matrix, whose inputs are the neurons, and the modules with attention."""

from model_backend.models.discovery.recording import Call, Value
from model_backend.models.discovery.writes import is_matrix


def find_down(write: Call, calls: list[Call]) -> Call | None:
    """The matrix whose output the MLP writes, as it is or through a norm that follows."""
    targets = [write.leaving]
    if not _has_matrix(write):
        targets.append(write.entering)
    for target in targets:
        if target is not None and (down := _matrix_before(target, write, calls)):
            return down
    return None


def _matrix_before(target: Value, write: Call, calls: list[Call]) -> Call | None:
    for call in reversed(calls):
        value = call.leaving
        if call.end <= write.end and is_matrix(call.module) and value is not None:
            if value.key == target.key and call.entering is not None:
                return call
    return None


def _has_matrix(call: Call) -> bool:
    return any(is_matrix(module) for module in call.module.modules())


def find_attention(calls: list[Call]) -> Call | None:
    """The innermost module of a block that returns attention weights."""
    return next((call for call in reversed(calls) if call.weights_item is not None), None)
