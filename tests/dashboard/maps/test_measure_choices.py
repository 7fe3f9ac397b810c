"""Choices that are unavailable are still shown, with the reason."""

from dataclasses import replace

from dashboard.maps.measure_choices import MeasureChoices, site_options
from model_backend import DEFINITIONS, SITE_DEFINITIONS, Measure, Site
from model_backend.api.maps.measure_specs import Needs
from model_backend.api.maps.measures import measures_that_need
from model_backend.engine.unavailable import NO_UNEMBEDDING, absences
from tests.model_backend.fakes import make_inspection

INSPECTION = make_inspection("one two three")
LENS = Measure.LENS_CONFIDENCE
OF_LENS = measures_that_need(Needs.LENS)
ENCODER = replace(
    INSPECTION,
    grids={name: grid for name, grid in INSPECTION.grids.items() if name not in OF_LENS},
    absences=absences(no_lens=NO_UNEMBEDDING),
)


def test_a_site_that_is_not_to_be_had_says_why_and_the_others_what_they_are() -> None:
    sites = {site["value"]: site for site in site_options(INSPECTION)[LENS]}
    usual, middle = sites[Site.RESID_POST], sites[Site.RESID_MID]
    assert (usual["disabled"], usual["hint"]) == (False, SITE_DEFINITIONS[Site.RESID_POST])
    assert (middle["disabled"], middle["hint"]) == (True, LENS.spec.absent_at[Site.RESID_MID])


def test_an_encoder_offers_no_lens_and_says_why() -> None:
    choices = MeasureChoices(ENCODER)
    options = {one["value"]: one for group in choices.measures() for one in group["items"]}
    for measure in OF_LENS:
        assert options[measure]["disabled"]
        assert options[measure]["label"] == f"{measure} (not in this model)"
        assert options[measure]["hint"] == NO_UNEMBEDDING
    assert not options[Measure.RESIDUAL_NORM]["disabled"]
    assert options[Measure.RESIDUAL_NORM]["hint"] == DEFINITIONS[Measure.RESIDUAL_NORM]
    assert choices.choose(LENS) is Measure.UPDATE_SIZE


def test_the_sites_of_a_lens_that_an_encoder_lacks_say_why() -> None:
    assert {site["hint"] for site in site_options(ENCODER)[LENS]} == {NO_UNEMBEDDING}
