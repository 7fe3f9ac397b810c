"""The gallery shows the example study at once, and says what it is."""

from dashboard.maps.known_studies import known_studies
from dashboard.views.probe.maps.comparing import other_choice
from dashboard.views.probe.maps.find import find_map
from dashboard.views.probe.maps.study_map import study_name
from dashboard.views.probe.studies.gallery import gallery, link_to
from dashboard.views.probe.studies.headline import headline
from model_backend import LocalBackend, Site, example_studies
from tests.model_backend.fakes import FakeBackend


def test_the_example_study_is_there_before_any_backend_is_asked() -> None:
    [example] = example_studies()
    shown = str(gallery())
    assert f"An example study: {example.card.model} asked" in shown
    assert "Run with this program on a real model" in shown
    assert link_to(study_name(example.card.study, Site.RESID_POST)) in shown
    assert shown.index("Nine published maps") < shown.index("An example study")


def test_its_headline_says_that_it_comes_with_the_program() -> None:
    [example] = example_studies()
    assert "an example that comes with Layerscope" in str(headline(example))


def test_links_and_the_map_beside_another_know_it() -> None:
    backend, [example] = FakeBackend(), example_studies()
    assert known_studies(backend)[-1] == example.card
    groups = {group["group"]: group["items"] for group in other_choice().data}
    [item] = groups["Example studies"]
    assert item["value"] == study_name(example.card.study, Site.RESID_POST)


def test_its_map_is_found_by_its_name() -> None:
    [example] = example_studies()
    map_ = find_map(LocalBackend(), study_name(example.card.study, Site.RESID_POST))
    assert map_.grid.values.shape == (31, 15)
