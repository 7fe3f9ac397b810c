"""``show`` in a notebook: which map it makes of a thing, and a page that holds all it needs."""

import re
from dataclasses import replace

import numpy as np
import pytest

from dashboard.maps.export import saved_map
from dashboard.notebook import NO_TEXTS, NotebookMap, show
from dashboard.views.probe.maps.study_map import study_map
from model_backend import (
    Archive,
    BadRequest,
    LayerTokenGrid,
    Measure,
    Scale,
    Site,
    published_maps,
)
from tests.model_backend.fake_study_service import make_study
from tests.model_backend.fakes import VOCABULARY, FakeBackend, make_inspection

INSPECTION = make_inspection("one two three")
ENTROPY = INSPECTION.grids[Measure.LENS_ENTROPY]
EVIL = "</script><script>alert(1)</script>"


def notes(shown: NotebookMap) -> str:
    return " ".join(shown.map_.notes)


def test_an_inspection_is_shown_by_its_first_measure_or_by_another() -> None:
    assert show(INSPECTION).map_.grid is INSPECTION.grids[Measure.LENS_CONFIDENCE]
    assert show(INSPECTION, Measure.LENS_ENTROPY).map_.grid is ENTROPY
    site = Site.RESID_MID
    at_site = show(INSPECTION, Measure.RESIDUAL_NORM, site, scale=Scale.LOG10).map_
    assert at_site.grid is INSPECTION.grid(Measure.RESIDUAL_NORM, site)
    assert at_site.colours.scale is Scale.LOG10


def test_a_measure_that_is_not_there_is_refused_with_the_reason() -> None:
    with pytest.raises(BadRequest, match="ttention"):
        show(INSPECTION, Measure.ATTENTION_ENTROPY)


def test_guesses_have_their_texts_from_the_backend_or_from_a_file() -> None:
    with_backend = show(INSPECTION, backend=FakeBackend()).guesses
    assert with_backend is not None
    ids = set(INSPECTION.top_ids.ravel().tolist())
    assert with_backend.texts == {token_id: VOCABULARY[token_id] for token_id in ids}
    of_file = show(Archive(INSPECTION, texts={1: "x"})).guesses
    assert of_file is not None and of_file.texts == {1: "x"}


def test_without_a_backend_a_note_says_how_to_have_the_texts() -> None:
    shown = show(INSPECTION)
    assert NO_TEXTS in notes(shown) and NO_TEXTS in shown.page
    assert NO_TEXTS not in notes(show(INSPECTION, backend=FakeBackend()))


def test_a_model_without_predictions_is_shown_without_guesses() -> None:
    none = INSPECTION.top_ids[..., :0]
    silent = replace(INSPECTION, top_ids=none, top_probs=none.astype(np.float32))
    assert show(silent).guesses is None


def test_a_grid_is_shown_as_it_is() -> None:
    assert show(ENTROPY).map_.grid is ENTROPY
    with pytest.raises(TypeError, match="for residual norm show the inspection"):
        show(ENTROPY, Measure.RESIDUAL_NORM)


def test_maps_of_aucs_have_the_colours_of_the_page() -> None:
    published, study = published_maps()[0], make_study()
    assert show(published).map_.colours.ends == (0.5, 1.0)
    assert show(published.grid).map_.colours.ends == (0.5, 1.0)
    drawn = study_map(study, Site.RESID_POST)
    assert show(study).map_.colours == drawn.colours
    assert show(study).map_.lines[0].label == drawn.lines[0].label


def test_a_saved_map_is_shown_with_what_was_saved() -> None:
    saved = saved_map(study_map(make_study(), Site.RESID_POST))
    assert show(saved).map_.title == saved.title and show(saved).map_.notes == saved.notes


def test_what_has_no_map_is_refused() -> None:
    with pytest.raises(TypeError, match="this is str"):
        show("What is the capital of Italy?")  # type: ignore[arg-type]


def test_the_page_has_everything_in_itself_and_may_fetch_nothing() -> None:
    page = show(INSPECTION, backend=FakeBackend()).page
    [policy] = re.findall(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy.startswith("default-src 'none'; ") and "http" not in policy
    assert not re.findall(r"<(?:link|img|iframe)|<script src| url\(", page)


def test_no_text_of_a_map_ends_a_script_or_a_frame() -> None:
    grid = LayerTokenGrid(EVIL, np.ones((1, 2)), ("embed",), (EVIL, '"&'), unit=EVIL)
    shown = show(grid)
    assert EVIL not in shown.page
    assert shown._repr_html_().count("<") == 2  # a frame and its end, and no other tag


def test_a_map_is_as_large_as_the_docstring_says() -> None:
    assert 1.9e6 < len(show(INSPECTION)._repr_html_()) < 2.15e6


def test_a_map_says_in_a_line_what_it_is() -> None:
    said = repr(show(INSPECTION, Measure.LENS_ENTROPY))
    assert said == "<map of lens entropy: twothree, 4 layers x 3 columns>"
