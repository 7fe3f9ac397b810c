"""Measures of the residual stream: its length, and how it moves and turns from layer to layer."""

from jaxtyping import Float

from model_backend.api.maps.measure_specs import Group, MeasureSpec, Needs
from model_backend.api.maps.sites import Site
from model_backend.measures.inputs import Tensor

STREAM = (Site.RESID_POST, Site.RESID_PRE, Site.RESID_MID)

SMALLEST_NORM = 1e-16
"""The least product of two norms: the cosine with a vector of zeros is 0."""


def residual_norm(residual: Float[Tensor, "row token hidden"]) -> Float[Tensor, "row token"]:
    """The L2 norm of the stream in every cell, in float32."""
    return residual.float().norm(dim=-1)


def update_size(residual: Float[Tensor, "row token hidden"]) -> Float[Tensor, "row token"]:
    """Length of each block's change of the stream, relative to its input.

    Missing in row 0, and where what it read was zero.
    """
    stream = residual.float()
    read = residual_norm(stream[:-1])
    moved = residual_norm(stream[1:] - stream[:-1])
    return _after_a_missing_row(moved / read.masked_fill(read == 0, float("nan")))


def cosine_to_previous(residual: Float[Tensor, "row token hidden"]) -> Float[Tensor, "row token"]:
    """The cosine of every row with the row before it; row 0 is missing."""
    stream = residual.float()
    norms = residual_norm(stream)
    products = (stream[1:] * stream[:-1]).sum(-1)
    return _after_a_missing_row(_cosine(products, norms[1:] * norms[:-1]))


def cosine_to_final(residual: Float[Tensor, "row token hidden"]) -> Float[Tensor, "row token"]:
    """The cosine of every row with the last row."""
    # Torch's own cosine_similarity first scales both to length 1: four more passes.
    stream = residual.float()
    norms = residual_norm(stream)
    return _cosine((stream * stream[-1:]).sum(-1), norms * norms[-1:])


def _cosine(
    products: Float[Tensor, "row token"], norms: Float[Tensor, "row token"]
) -> Float[Tensor, "row token"]:
    return (products / norms.clamp(min=SMALLEST_NORM)).clamp(-1, 1)


def _after_a_missing_row(values: Float[Tensor, "row token"]) -> Float[Tensor, "row_plus_1 token"]:
    rows = values.new_full((len(values) + 1, values.shape[1]), float("nan"))
    rows[1:] = values
    return rows


MEASURES = (
    MeasureSpec(
        "residual norm",
        Group.STREAM,
        Needs.STREAM,
        residual_norm,
        subtitle="length of the residual stream",
        definition=(
            "The length (L2 norm) of the residual stream. It grows with depth in most models and "
            "is largest at attention sinks; a large norm does not mean an important token."
        ),
        caution=(
            "A long residual stream can mean that layers keep adding to it; it does not mean that "
            "a token matters, and later layers divide the length out before they read it."
        ),
        sites=STREAM,
        per_layer=True,
    ),
    MeasureSpec(
        "update size",
        Group.STREAM,
        Needs.STREAM,
        update_size,
        subtitle="how far this layer moved the stream, relative to what it found",
        definition=(
            "How far this layer moved the stream: the length of its change, as a share of the "
            "length it found. A large step need not change what the model predicts."
        ),
        caution=(
            "A large step can mean that a layer does much here, or that it found little to begin "
            "with; it does not say what was written, nor that the prediction changed."
        ),
        sites=(Site.RESID_POST,),
        per_layer=True,
    ),
    MeasureSpec(
        "cosine to previous layer",
        Group.STREAM,
        Needs.STREAM,
        cosine_to_previous,
        name="COSINE_TO_PREVIOUS",
        subtitle="direction of the stream beside that of the layer before",
        definition=(
            "The cosine of the angle between the stream at this layer and at the same site of the "
            "layer before. Values near 1 are usual, as layers add to the stream; a few large "
            "dimensions can set it alone."
        ),
        caution=(
            "A low cosine can mean that a layer turned the stream; it does not say towards what, "
            "and a few large dimensions may decide it alone."
        ),
        sites=STREAM,
    ),
    MeasureSpec(
        "cosine to final layer",
        Group.STREAM,
        Needs.STREAM,
        cosine_to_final,
        name="COSINE_TO_FINAL",
        subtitle="direction of the stream beside that of the last layer",
        definition=(
            "The cosine of the angle between the stream here and after the last layer, at the "
            "same token. It compares directions in the stream, not predictions."
        ),
        caution=(
            "A high cosine can mean that the stream already points where it will end; it does not "
            "mean that the prediction is made, for a small part of the stream may decide that."
        ),
        sites=STREAM,
        absent_at={
            Site.RESID_MID: (
                "The last row is known only when the forward pass is over, and resid_mid of every "
                "layer is not kept so long: that would double the memory a text takes."
            )
        },
    ),
)
