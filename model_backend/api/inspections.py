"""A text's map: one forward pass, measured at every layer and token, and one of its cells opened.

A request is small, frozen and made of JSON values; equal requests have equal results, so a request
is also what the browser keeps. A result is frozen and holds NumPy arrays and strings, never torch
tensors.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Bool, Float, Int

from model_backend.api.cell_detail import CellDetail
from model_backend.api.door import BlobId
from model_backend.api.errors import BadRequest
from model_backend.api.maps.grid import LayerTokenGrid, SavedMap, cell_frame
from model_backend.api.maps.measures import Measure
from model_backend.api.maps.sites import Site
from model_backend.api.requests import Command, Lookup, Query
from model_backend.api.validation import check_subject

if TYPE_CHECKING:
    import pandas


@dataclass(frozen=True)
class InspectRequest(Query["Inspection"]):
    """Inspect every layer of ``model`` at every token of ``text``, or of ``token_ids``.

    Raises:
        BadRequest: the text is empty, blank, not text, far too long, or not valid Unicode.
    """

    model: str
    text: str = ""
    special_tokens: bool = True
    """True to read a special token's string in the text, such as ``</s>``, as that token."""
    attention: bool = False
    """True to measure attention too. Its weights are then computed (eager attention), which
    takes longer, and memory for heads x tokens x tokens of one layer at a time."""
    token_ids: Sequence[int] = ()
    """The tokens themselves, in place of a text: those of an answer as it was generated."""
    measures: Sequence[str] = ()
    """Measures with arguments to take besides the usual, as in ``Measure``."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "token_ids", check_subject(self, self.attention))
        _settle_measures(self)

    @property
    def with_arguments(self) -> tuple[Measure, ...]:
        """The measures named in ``measures``, parsed, such as the probability of one token."""
        return tuple(map(Measure, self.measures))


@dataclass(frozen=True)
class CellRequest(Query[CellDetail]):
    """Open one cell of an inspection; ``row`` 0 is the embedding.

    Raises:
        BadRequest: as for ``InspectRequest``, or the row or position is not a whole number from 0.
    """

    model: str
    text: str
    row: int
    position: int
    special_tokens: bool = True
    attention: bool = False
    """As in the inspection. A cell shows its own layer's attention either way; with it, its
    numbers come from the same forward pass as the map's."""
    token_ids: Sequence[int] = ()
    measures: Sequence[str] = ()
    """As in the inspection."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "token_ids", check_subject(self, self.attention))
        _settle_measures(self)
        for name, value in (("row", self.row), ("position", self.position)):
            if type(value) is not int or value < 0:
                raise BadRequest(
                    f"The {name} of a cell is a whole number from 0; this is {value!r}."
                )

    @property
    def inspect(self) -> InspectRequest:
        """The inspection that this cell belongs to."""
        options = (self.special_tokens, self.attention)
        return InspectRequest(self.model, self.text, *options, self.token_ids, self.measures)


def _settle_measures(request: InspectRequest | CellRequest) -> None:
    """Give equal requests equal measures; those of attention weights ask for attention.

    Raises:
        BadRequest: one of them is unknown, or takes no arguments and is there without being named.
    """
    given: object = request.measures
    try:
        if not isinstance(given, list | tuple):
            raise ValueError("The measures of a request are a list.")
        measures = {Measure(text) for text in given}
    except ValueError as error:
        raise BadRequest(str(error)) from error
    for measure in measures:
        if not measure.arguments:
            raise BadRequest(f"The measure {measure} takes no arguments: every map has it.")
    object.__setattr__(request, "measures", tuple(sorted(map(str, measures))))
    if any(measure.spec.on_request for measure in measures):
        object.__setattr__(request, "attention", True)


@dataclass(frozen=True)
class TokenCount(Query[int]):
    """The number of tokens of a text, if the model takes it: an inspection would not refuse it.

    Raises:
        BadRequest: as for ``InspectRequest``.
    """

    model: str
    text: str = ""
    special_tokens: bool = True
    token_ids: Sequence[int] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "token_ids", check_subject(self))

    @property
    def runs_model(self) -> bool:
        return False


@dataclass(frozen=True)
class OpenedMap:
    """A file that holds one map, such as a difference: shown as it is, for no model made it."""

    name: str
    """By which a ``SavedMapRequest`` finds it."""


@dataclass(frozen=True)
class OpenMap(Command[InspectRequest | OpenedMap]):
    """Keep what was saved to a file, a text's map or a single map; the result is how to ask for
    it."""

    blob: BlobId


@dataclass(frozen=True)
class SavedMapRequest(Lookup[SavedMap]):
    """A single map that was opened from a file, by the name that opening gave it."""

    name: str


@dataclass(frozen=True)
class HoldsMap(Lookup[bool]):
    """True if ``model`` names a map that was opened from a file and is still kept."""

    model: str


@dataclass(frozen=True)
class SavedView(Lookup[Mapping[str, str]]):
    """Choices under which an opened map was saved, such as its measure and scale, by their names.

    Empty if the file does not say, or if ``model`` is no file.
    """

    model: str


@dataclass(frozen=True)
class ModelInstead(Lookup[str | None]):
    """A model to ask for a text that the file of ``request`` does not hold; None if it does."""

    request: InspectRequest


@dataclass(frozen=True)
class Unavailable:
    """A measure that an inspection lacks, in whole or in some rows, and the reason."""

    measure: Measure
    reason: str
    """A sentence for people."""
    site: Site | None = None
    """The one site at which it is absent; None where it is absent altogether."""


@dataclass(frozen=True, eq=False)
class Inspection:
    """One forward pass over a text, measured at every row and token position.

    ``grid`` finds a measure at a site; ``why_absent`` says why there is none.
    """

    model: str
    revision: str
    dtype: str
    token_ids: Int[np.ndarray, " token"]
    is_special: Bool[np.ndarray, " token"]
    """Mask of special tokens (beginning of text and the like)."""
    is_sink: Bool[np.ndarray, " token"]
    """Positions of massive activations, left out when a colour range is found."""
    grids: Mapping[Measure, LayerTokenGrid]
    """Every measure there is, at the first of its sites."""
    top_ids: Int[np.ndarray, "row token k"]
    """The likeliest next tokens of every cell by the logit lens at ``resid_post``, likeliest
    first; ``k`` is 0 for a model without a causal unembedding."""
    top_probs: Float[np.ndarray, "row token k"]
    grids_at: Mapping[Site, Mapping[Measure, LayerTokenGrid]] = field(default_factory=dict)
    """The same measures at their other sites, but for ``resid_pre``: ask ``grid`` for any."""
    absences: tuple[Unavailable, ...] = ()

    def grid(self, measure: Measure, site: Site | None = None) -> LayerTokenGrid:
        """A measure at one of its sites, at its first if none is named.

        Raises:
            BadRequest: there is no such grid; the text says why.
        """
        found = find_grid(self.grids, self.grids_at, measure, site)
        if found is None:
            raise BadRequest(self.why_absent(measure, site) or f"There is no {measure} here.")
        return found

    def why_absent(self, measure: Measure, site: Site | None = None) -> str | None:
        """Reason why there is no such grid, in a sentence; None if there is one."""
        if find_grid(self.grids, self.grids_at, measure, site) is not None:
            return None
        said = {(absence.measure, absence.site): absence.reason for absence in self.absences}
        if measure.arguments and (shared := self._why_none_of_its_kind(measure, site)):
            return shared
        other = f"There is no {measure} at {site}." if site else f"There is no {measure} here."
        return said.get((measure, None)) or said.get((measure, site)) or other

    def _why_none_of_its_kind(self, measure: Measure, site: Site | None) -> str:
        """Reason why measures of the same input are absent, where one with arguments is, too."""
        reasons = (
            absence.reason
            for absence in self.absences
            if absence.site in (None, site) and absence.measure.spec.needs is measure.spec.needs
        )
        return next(reasons, "")

    def to_pandas(self) -> "pandas.DataFrame":
        """One line for every cell, with a column for every measure.

        A column is called ``residual norm``, and ``residual norm at resid_mid`` at a site other
        than the measure's first. ``top_id`` is the likeliest next token, if there is one.
        """
        first = next(iter(self.grids.values()))
        of_tokens = ("token_ids", "is_special", "is_sink")
        tokens = {name.removesuffix("s"): getattr(self, name).tolist() for name in of_tokens}
        cells = {measure.value: grid.values for measure, grid in self.grids.items()}
        for site, grids in self.grids_at.items():
            cells |= {f"{measure} at {site}": grid.values for measure, grid in grids.items()}
        if self.top_ids.shape[2]:
            cells |= {"top_id": self.top_ids[..., 0], "top_probability": self.top_probs[..., 0]}
        return cell_frame(first.layer_labels, {**first.columns, **tokens}, cells)


def find_grid(
    grids: Mapping[Measure, LayerTokenGrid],
    grids_at: Mapping[Site, Mapping[Measure, LayerTokenGrid]],
    measure: Measure,
    site: Site | None,
) -> LayerTokenGrid | None:
    """A measure at a site.

    What a block reads is what the block before it left: the grid at ``resid_pre`` is that at
    ``resid_post``, one row further up.
    """
    sites = measure.spec.sites
    if site is None or site in sites[:1]:
        return grids.get(measure)
    if site is Site.RESID_PRE and site in sites and measure in grids:
        after = grids[measure]
        values = np.full_like(after.values, np.nan)
        values[1:] = after.values[:-1]
        return replace(after, values=values, site=site.value)
    return grids_at.get(site, {}).get(measure)
