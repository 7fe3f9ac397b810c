"""Measures of an MLP's neurons: the numbers that enter its down projection."""

from jaxtyping import Float

from model_backend.api.maps.measure_specs import Group, MeasureSpec, Needs
from model_backend.measures.inputs import Neurons, Tensor


def largest_neuron(neurons: Neurons) -> Float[Tensor, " token"]:
    """The largest absolute value at each token."""
    return neurons.sizes.amax(-1)


def active_neurons(neurons: Neurons) -> Float[Tensor, " token"]:
    """The share of neurons whose size is above the root mean square of all at that token.

    Where all are equal, none is above it.
    """
    import torch

    sizes = neurons.sizes
    # Rounding must not lift equal values above their own mean.
    limit = sizes.norm(dim=-1, keepdim=True).mul_((1 + 1e-6) / sizes.shape[-1] ** 0.5)
    # Numbers, not truth values, which torch adds up far more slowly.
    return torch.gt(sizes, limit, out=torch.empty_like(sizes)).mean(-1)


MEASURES = (
    MeasureSpec(
        "largest neuron",
        Group.NEURONS,
        Needs.NEURONS,
        largest_neuron,
        subtitle="how large the MLP's largest activation is",
        definition=(
            "The largest absolute value among the MLP's neurons, which are the numbers that enter "
            "its down projection. What a neuron does depends on its output weights too, so a "
            "large value need not write much."
        ),
        caution=(
            "A large value can mean that one neuron has found its pattern; it does not mean that "
            "it writes much, nor that the neuron stands for one thing."
        ),
    ),
    MeasureSpec(
        "active neurons",
        Group.NEURONS,
        Needs.NEURONS,
        active_neurons,
        subtitle="how many of the MLP's activations are large for this token",
        definition=(
            "The share of the MLP's neurons whose absolute value is above the root mean square of "
            "all of them at this token. About 0.32 if values are spread like a bell curve, less "
            "if a few carry all; it is relative, and says nothing of how large they are."
        ),
        caution=(
            "A low share can mean that a few neurons carry the layer at a token; the share is "
            "relative to that token's own values and cannot be compared as an amount."
        ),
    ),
)
