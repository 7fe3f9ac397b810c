"""From a request and what is chosen on the page to the map of a text or an answer."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np

from dashboard.maps.evidence import evidence_of
from dashboard.maps.inspection_map import InspectionMap, MapSource
from dashboard.maps.map_data import CellText, MapData, Marks, TokenCells
from dashboard.maps.notes import inspection_facts, inspection_notes
from dashboard.maps.probe_score import with_score
from dashboard.maps.view_options import ViewOptions, make_view_options
from dashboard.page.labels import text_of, visible
from dashboard.page.requests import Request
from model_backend import (
    Archive,
    Backend,
    BadRequest,
    Measure,
    Needs,
    Provenance,
    Scale,
    Span,
    masked_rows,
)


def load_map(
    source: MapSource, backend: Backend, request: Request, options: ViewOptions
) -> MapData:
    """The map of a request: one measure of its inspection, or its probe score.

    Raises:
        BackendError: there is no such measure here, or no such study; the text says why.
    """
    measure = options.measure
    measures = (measure,) if measure.arguments else ()
    found = source.inspection_map(request, attention=measure.spec.on_request, measures=measures)
    if measure.spec.needs_study:
        found = with_score(found, backend, options, request)

    def archive() -> Archive:
        whole = source.inspection_map(request, attention=True, measures=measures)
        return make_archive(whole, request, backend, options)

    evidence = partial(evidence_of, found, options, request, backend)
    made = map_of(found, options, request, archive)
    model = request.get("model", found.inspection.model)
    return replace(made, phrase=phrase_of(measure, backend, model), make_evidence=evidence)


def phrase_of(measure: Measure, backend: Backend, model: str) -> str:
    """The name of a measure with the texts of its tokens; empty if it names none."""
    if not measure.token_ids:
        return ""
    vocabulary = backend.vocabulary(model)
    return measure.phrase(lambda token_id: visible(text_of(vocabulary, token_id)))


def load_asked(source: MapSource, backend: Backend, asked: Request) -> MapData:
    """The map that a POST asks for: its body holds the map's ``request`` and its ``view`` options.

    Raises:
        BadRequest: it names an unknown measure.
        TypeError, KeyError: it does not say what the map is of.
    """
    return load_map(source, backend, asked["request"], asked_options(asked))


def asked_options(asked: Request) -> ViewOptions:
    """Read the view options of a POST: ``measure``, ``site``, ``study`` and ``probe``."""
    try:
        study, probe = asked.get("study"), asked.get("probe")
        colours = (asked.get("scale", Scale.AUTO), asked.get("span", Span.AUTO))
        where = (asked["measure"], asked.get("site"), *colours, bool(asked.get("sinks")))
        return make_view_options(*where, study=study, position=probe)
    except (ValueError, KeyError) as error:
        raise BadRequest("The request names an unknown measure.") from error


def map_of(
    found: InspectionMap,
    options: ViewOptions,
    request: Request | None = None,
    make_archive: Callable[[], Archive] | None = None,
) -> MapData:
    """The map of one measure of an inspection that has been computed."""
    inspection, score = found.inspection, found.score
    return MapData(
        grid=found.grid(options.measure, options.site),
        request=request or {},
        view=_view(found, options),
        title=found.title,
        columns=found.columns,
        brackets=found.brackets,
        lines=score.lines if score else (),
        marks=Marks(
            left_out=np.zeros_like(found.is_sink) if options.with_sinks else found.is_sink,
            dimmed=score.hatched if score else None,
            masked_rows=masked_rows(options.measure, options.site),
            masked_columns=found.columns_over_few(options.measure),
        ),
        colours=options.colours,
        cell_text=_cell_text(found, options),
        facts=inspection_facts(found),
        notes=tuple(inspection_notes(found, options)),
        provenance=Provenance(inspection.model, inspection.revision, inspection.dtype),
        tokens=_tokens(found, options),
        probes=score.probes if score else (),
        made_from=(inspection, score.grid) if score else (inspection,),
        make_archive=make_archive,
    )


def _cell_text(found: InspectionMap, options: ViewOptions) -> CellText:
    """The likeliest token for readings of the logit lens, for which that is what they are about."""
    is_lens = options.measure.spec.needs is Needs.LENS
    return CellText.TOKEN if is_lens and found.has_predictions else CellText.VALUE


def _tokens(found: InspectionMap, options: ViewOptions) -> TokenCells:
    return TokenCells(
        ids=found.ids,
        has_predictions=found.has_predictions,
        with_sinks=options.with_sinks,
        say_it_all=not found.about,
        followers=found.followers if found.has_predictions else (),
    )


def _view(found: InspectionMap, options: ViewOptions) -> dict[str, str]:
    """The options that choose the numbers, with the study and the probe that they came to mean."""
    score = found.score
    if score is None:
        return options.for_browser
    probe = {"probe": score.probes[0]} if len(score.probes) == 1 else {}
    return {**options.for_browser, "study": score.study, **probe}


def make_archive(
    found: InspectionMap, request: Request, backend: Backend, options: ViewOptions
) -> Archive:
    """Everything of an inspection, with the texts of all ids that its predictions name."""
    inspection = found.inspection
    vocabulary = backend.vocabulary(request.get("model", inspection.model))
    ids = sorted({*inspection.top_ids.ravel().tolist(), *options.measure.token_ids})
    names = {c.name: c.position for c in found.columns or () if c.position is not None}
    text, special_tokens = request.get("text") or "", request.get("special_tokens", True)
    texts = {token_id: text_of(vocabulary, token_id) for token_id in ids}
    view = options.for_file
    return Archive(inspection, text, texts, names, special_tokens=special_tokens, view=view)
