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
OF_A_DIFFERENCE = (
    "A difference away from 0 can mean that the two maps disagree there; it does not say which of "
    "the two is unusual, nor what made the difference. The largest of many differences is partly "
    "luck."
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
    known = OF_A_DIFFERENCE if grid.midpoint == 0 else known
    known = OF_AN_AUC if grid.unit == "AUC" else known
    shapes = {**OF_SHAPE, **OF_NAMED_SHAPE} if grid.named_columns else OF_SHAPE
    measure = Measure.named(grid.name)
    caution = measure.spec.caution if measure else known
    source = f"It rests on the {grid.source}." if grid.source else ""
    site = OF_SITE.get(grid.site, "")
    parts = (shapes.get(shape, ""), caution, source, site)
    return " ".join(part for part in parts if part)
