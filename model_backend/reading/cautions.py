"""Cautions: the meanings a map allows and those it does not, by its shape and its measure."""

from collections.abc import Mapping
from types import MappingProxyType

from model_backend.api.grid import LayerTokenGrid
from model_backend.api.measures import Measure
from model_backend.api.sites import Site
from model_backend.reading.observations import Shape

OF_SHAPE: Mapping[Shape, str] = MappingProxyType(
    {
        Shape.NONE: "No layer, token or region differs by much here: do not read single cells.",
        Shape.CONSTANT: "Where all cells are equal, there is nothing to compare.",
        Shape.PEAK: "One region differs from the rest: the map shows where, not why.",
        Shape.DIP: "One region differs from the rest: the map shows where, not why.",
        Shape.REGIONS: "A few regions differ from the rest: the map shows where, not why.",
        Shape.LAYER_STRIPES: (
            "Layers differ at most tokens alike, which says more of the model than of this text."
        ),
        Shape.LAYER_GRADIENT: (
            "The values change with depth at most tokens alike, which says more of the model than "
            "of this text."
        ),
        Shape.TOKEN_STRIPES: (
            "Tokens differ at most layers alike, so the token or its place may be reason enough."
        ),
        Shape.TOKEN_GRADIENT: (
            "The values change along the text at most layers alike; from one text the effect of "
            "place and that of content cannot be told apart."
        ),
    }
)

OF_NAMED_SHAPE: Mapping[Shape, str] = MappingProxyType(
    {
        Shape.LAYER_STRIPES: "Layers differ at most positions alike: depth matters, place little.",
        Shape.LAYER_GRADIENT: (
            "The values change with depth at most positions alike: depth matters, place little."
        ),
        Shape.TOKEN_STRIPES: (
            "Positions differ at most layers alike: where in the answer one looks matters most."
        ),
        Shape.NONE: (
            "No layer, position or region differs by much here: do not read single cells."
        ),
    }
)
"""For maps whose columns are named positions over many texts."""

OF_MEASURE: Mapping[str, str] = MappingProxyType(
    {
        Measure.RESIDUAL_NORM: (
            "A long residual stream can mean that layers keep adding to it; it does not mean that "
            "a token matters, and later layers divide the length out before they read it."
        ),
        Measure.UPDATE_SIZE: (
            "A large step can mean that a layer does much here, or that it found little to begin "
            "with; it does not say what was written, nor that the prediction changed."
        ),
        Measure.COSINE_TO_PREVIOUS: (
            "A low cosine can mean that a layer turned the stream; it does not say towards what, "
            "and a few large dimensions may decide it alone."
        ),
        Measure.COSINE_TO_FINAL: (
            "A high cosine can mean that the stream already points where it will end; it does not "
            "mean that the prediction is made, for a small part of the stream may decide that."
        ),
        Measure.ATTENTION_OUTPUT: (
            "A long write can mean that attention brings much here; it does not say from which "
            "token, nor that later layers read it."
        ),
        Measure.MLP_OUTPUT: (
            "A long write can mean that the MLP adds much here; it does not say what, nor that "
            "later layers read it."
        ),
        Measure.WRITE_COSINE: (
            "A cosine below 0 can mean that a write takes back part of what the stream holds; it "
            "does not say which part, and a few large dimensions may decide it alone."
        ),
        Measure.LENS_CONFIDENCE: (
            "High confidence can mean that a layer already singles out a next token; it does not "
            "mean that the token is right, nor, in early layers, that the model reads it so."
        ),
        Measure.LENS_ENTROPY: (
            "Low entropy can mean that few next tokens are left at a layer; it does not mean that "
            "the right one is among them, nor, in early layers, that the model reads it so."
        ),
        Measure.LENS_KL: (
            "A fall to zero can mean that the prediction is settled from there on; it does not "
            "mean that later layers are idle, nor that the prediction is right."
        ),
        Measure.NEXT_TOKEN_PROBABILITY: (
            "A high probability can mean that the next token is foreseen at a layer; a low one "
            "does not mean that the model errs, for the text itself may be surprising."
        ),
        Measure.NEXT_TOKEN_RANK: (
            "A rank near 1 can mean that the next token is foreseen at a layer; differences "
            "between high ranks mean little, as hardly any probability lies there."
        ),
        Measure.ATTENTION_ENTROPY: (
            "Low entropy can mean that heads look at one or a few tokens; early tokens have few "
            "to look at, so their low values are arithmetic. Attention that is sharp need not move "
            "anything that matters, for what is moved depends on the values and not the weights."
        ),
        Measure.ATTENTION_RECEIVED: (
            "A token that receives much can be one that many others read from, or a sink that "
            "they rest on; the last tokens have few others after them, so that their means are "
            "taken over few."
        ),
        Measure.LARGEST_NEURON: (
            "A large value can mean that one neuron has found its pattern; it does not mean that "
            "it writes much, nor that the neuron stands for one thing."
        ),
        Measure.ACTIVE_NEURONS: (
            "A low share can mean that a few neurons carry the layer at a token; the share is "
            "relative to that token's own values and cannot be compared as an amount."
        ),
        Measure.PROBE_SCORE: (
            "A score away from 0.5 can mean that a direction which told right answers from wrong "
            "in a study is present there. The probe was fitted on answers to one data set's "
            "questions, at one position: on other questions, texts and tokens its score is an "
            "extrapolation, and 0.9 need not be right nine times in ten. Each layer and each named "
            "position has another probe, so a difference between them may be one of probes. A "
            "score does not mean that the model uses what is scored."
        ),
    }
)
"""By the name of a grid."""

OF_SITE: Mapping[str, str] = MappingProxyType(
    {
        Site.RESID_PRE: (
            "At resid_pre each layer is drawn by what it reads, which is what the layer before it "
            "left: the map is that of resid_post, one layer further up."
        ),
        Site.RESID_MID: "At resid_mid this layer's attention has written; its MLP writes later.",
    }
)
"""By the site of a grid; the others need no further word."""

OF_ANY = (
    "The map can show where this measure is high or low in this text; it does not show that the "
    "model uses what is measured."
)
OF_A_SCORE = (
    "A score away from {midpoint:g} can mean that the target can be read off there; it does not "
    "mean that the model uses it. The highest of many scores is partly luck: quote one from "
    "examples that had no part in choosing the cell."
)
OF_AN_AUC = (
    "An AUC is how often a right answer scores above a wrong one; 0.5 is chance, and well below it "
    "is most often chance too. A high one can mean that right and wrong answers are told apart by "
    "a direction there; it does not mean that the model uses it, nor that it is knowledge: how "
    "hard a question is, or how its answer looks, may be what is told apart. The highest of many "
    "cells is partly luck: quote one from examples that had no part in choosing it, beside a "
    "baseline that needs no activations."
)


def meaning(shape: Shape, grid: LayerTokenGrid) -> str:
    """Interpret a map of this shape and measure in a few sentences."""
    known = OF_ANY if grid.midpoint is None else OF_A_SCORE.format(midpoint=grid.midpoint)
    known = OF_AN_AUC if grid.unit == "AUC" else known
    shapes = {**OF_SHAPE, **OF_NAMED_SHAPE} if grid.named_columns else OF_SHAPE
    source = f"It rests on the {grid.source}." if grid.source else ""
    site = OF_SITE.get(grid.site, "")
    parts = (shapes.get(shape, ""), OF_MEASURE.get(grid.name, known), source, site)
    return " ".join(part for part in parts if part)
