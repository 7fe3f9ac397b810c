"""Measures of what attention and the MLP add to the residual stream."""

from jaxtyping import Float

from model_backend.api.maps.measure_specs import Group, MeasureSpec, Needs
from model_backend.api.maps.sites import Site
from model_backend.measures.inputs import BlockWrite, Tensor


def write_norm(write: BlockWrite) -> Float[Tensor, " token"]:
    """The L2 norm of every write."""
    return write.norm


def write_cosine(write: BlockWrite) -> Float[Tensor, " token"]:
    """The cosine of the angle between a write and what it was added to; NaN if either is zero."""
    product = (write.written * write.added_to).sum(-1)
    return (product / write.norm / write.added_to.norm(dim=-1)).clamp(-1, 1)


MEASURES = (
    MeasureSpec(
        "attention output",
        Group.WRITES,
        Needs.WRITES,
        write_norm,
        subtitle="length of what attention adds to the stream",
        definition=(
            "The length (L2 norm) of what this layer's attention adds to the stream. Read it "
            "beside the length of the stream: the same write counts for less in a long one."
        ),
        caution=(
            "A long write can mean that attention brings much here; it does not say from which "
            "token, nor that later layers read it."
        ),
        sites=(Site.ATTN_OUT,),
        per_layer=True,
    ),
    MeasureSpec(
        "MLP output",
        Group.WRITES,
        Needs.WRITES,
        write_norm,
        subtitle="length of what the MLP adds to the stream",
        definition=(
            "The length (L2 norm) of what this layer's MLP adds to the stream. Read it beside the "
            "length of the stream: the same write counts for less in a long one."
        ),
        caution=(
            "A long write can mean that the MLP adds much here; it does not say what, nor that "
            "later layers read it."
        ),
        sites=(Site.MLP_OUT,),
        per_layer=True,
    ),
    MeasureSpec(
        "cosine of write to stream",
        Group.WRITES,
        Needs.WRITES,
        write_cosine,
        name="WRITE_COSINE",
        subtitle="whether a write lengthens the stream, takes from it, or adds its own direction",
        definition=(
            "The cosine of the angle between what attention or the MLP adds and the stream it is "
            "added to. Above 0 it lengthens what is there, below 0 it takes some of it back, near "
            "0 it adds a direction of its own; it does not say what the directions stand for."
        ),
        caution=(
            "A cosine below 0 can mean that a write takes back part of what the stream holds; it "
            "does not say which part, and a few large dimensions may decide it alone."
        ),
        sites=(Site.ATTN_OUT, Site.MLP_OUT),
    ),
)
