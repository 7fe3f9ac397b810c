"""P(correct) of a text is computed from its activations with the study's own probes."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from model_backend import (
    NAMED_POSITIONS,
    Answer,
    BadRequest,
    CachedBackend,
    CatalogueEntry,
    InspectRequest,
    LocalBackend,
    Measure,
    ProbeScoreRequest,
    ProbeStudy,
    QuestionRequest,
    Site,
    TextTooLong,
    UnknownStudy,
    make_store,
)
from model_backend.probing.atomic_files import read_json, write_json
from model_backend.probing.storage.study_files import seal
from tests.model_backend.probing.answering import open_namer, save_namer

SITES = (Site.RESID_POST, Site.MLP_OUT)
TEXT = "who is w1 w2 w3"


@pytest.fixture(scope="module")
def answer(backend: LocalBackend, study: ProbeStudy) -> Answer:
    """The first answer of the study, generated again."""
    question = study.examples.question[0]
    return backend.answer(QuestionRequest("namer", question, max_new_tokens=3))


@pytest.fixture()
def another(study: ProbeStudy, backend: LocalBackend, model: Path, tmp_path: Path) -> LocalBackend:
    """Another backend with a copy of the study, for tests that change it."""
    shutil.copytree(folder_of(backend, study), tmp_path / study.card.study)
    return open_namer(model, tmp_path)


def folder_of(backend: LocalBackend, study: ProbeStudy) -> Path:
    return backend.study_service._library.finished(study.card.study)


def columns_of(answer: Answer) -> tuple[tuple[str, int | None], ...]:
    return tuple((one.name, one.index) for one in answer.positions)


@pytest.mark.parametrize("site", SITES)
def test_every_named_column_is_scored_by_its_own_positions_probe(
    backend: LocalBackend, study: ProbeStudy, answer: Answer, site: Site
) -> None:
    """Compared with the activations that the study kept, one cell at a time."""
    request = ProbeScoreRequest(
        "namer",
        study.card.study,
        site=site,
        columns=columns_of(answer),
        token_ids=answer.token_ids,
    )
    grid = backend.probe_scores(request)
    folder = folder_of(backend, study)
    probes = load_file(folder / "probes.safetensors")
    kept = np.load(folder / "features" / f"00000-{site}.npy").astype(np.float32)
    scale = np.load(folder / "features" / f"00000-{site}-scale.npy")
    places = study.examples.indices[0]
    assert [-1 if at is None else at for at in grid.column_positions] == places.tolist()
    assert grid.column_names == NAMED_POSITIONS
    n_scored = 0
    for column, row in np.ndindex(len(NAMED_POSITIONS), 3):
        weights = probes[f"{site}.weights"][row, column]
        found = grid.values[row, column]
        if places[column] < 0 or np.isnan(weights).any():
            assert np.isnan(found)
            continue
        logit = scale[row] * kept[row, column, 0] @ weights
        expected = 1 / (1 + np.exp(-logit - probes[f"{site}.intercepts"][row, column]))
        assert found == pytest.approx(expected, abs=5e-3)
        n_scored += 1
    assert n_scored >= 15
    assert np.nanstd(grid.values[1:]) > 0.02  # so that a wrong probe would be noticed


def test_all_tokens_are_scored_by_the_probe_of_one_position(
    backend: LocalBackend, study: ProbeStudy
) -> None:
    request = ProbeScoreRequest("namer", study.card.study, TEXT, Site.MLP_OUT, "last_q")
    grid = backend.probe_scores(request)
    assert grid.values.shape == (3, 5) and grid.token_labels[0] == "who"
    assert ((grid.values > 0) & (grid.values < 1)).all()
    columns = tuple(("last_q", token) for token in range(5))
    one_by_one = backend.probe_scores(replace(request, position="", columns=columns))
    np.testing.assert_allclose(one_by_one.values, grid.values, rtol=1e-5)
    other = backend.probe_scores(replace(request, position="first_answer"))
    assert np.abs(other.values - grid.values).max() > 0.01


def test_by_default_the_best_cells_probe_is_used(backend: LocalBackend, study: ProbeStudy) -> None:
    best = study.card.best.cell
    grid = backend.probe_scores(ProbeScoreRequest("namer", study.card.study, TEXT))
    position = study.positions[best.position]
    request = ProbeScoreRequest("namer", study.card.study, TEXT, best.site, position)
    np.testing.assert_array_equal(grid.values, backend.probe_scores(request).values)
    assert grid.site == best.site


def test_a_map_of_scores_describes_its_study(backend: LocalBackend, study: ProbeStudy) -> None:
    grid = backend.probe_scores(ProbeScoreRequest("namer", study.card.study, TEXT))
    assert (grid.name, grid.unit, grid.midpoint) == (Measure.PROBE_SCORE, "P(correct)", 0.5)
    nested = study.card.best.nested
    chance = ", within reach of chance" if nested.low <= 0.5 else ""
    n_answers = f"{study.card.n} answers"
    assert grid.source == f"study of half.jsonl, {n_answers}, nested AUC {nested}{chance}"


def test_a_position_without_a_probe_gives_empty_cells(
    backend: LocalBackend, study: ProbeStudy
) -> None:
    request = ProbeScoreRequest("namer", study.card.study, TEXT, position="-8")
    assert np.isnan(backend.probe_scores(request).values).all()


def test_token_ids_and_their_text_get_the_same_scores(
    backend: LocalBackend, study: ProbeStudy
) -> None:
    by_text = ProbeScoreRequest("namer", study.card.study, TEXT)
    ids = tuple(backend.inspect(InspectRequest("namer", TEXT)).token_ids.tolist())
    by_ids = ProbeScoreRequest("namer", study.card.study, token_ids=ids)
    np.testing.assert_array_equal(
        backend.probe_scores(by_text).values, backend.probe_scores(by_ids).values
    )


def test_scores_are_cached_by_site_position_and_text(
    backend: LocalBackend, study: ProbeStudy
) -> None:
    cached = CachedBackend(backend, make_store())
    request = ProbeScoreRequest("namer", study.card.study, TEXT, Site.MLP_OUT, "last_q")
    others = [
        replace(request, site=Site.RESID_POST),
        replace(request, position="first_answer"),
        replace(request, text="who is w4"),
    ]
    for asked in (request, *others, request, *others):
        np.testing.assert_array_equal(
            cached.probe_scores(asked).values, backend.probe_scores(asked).values
        )
    assert (cached.counts().computations, cached.counts().hits) == (4, 4)


def test_a_model_with_other_weights_is_refused_despite_its_name(
    backend: LocalBackend, study: ProbeStudy, another: LocalBackend, tmp_path: Path
) -> None:
    other = save_namer(tmp_path / "other")
    weights = load_file(other / "model.safetensors")
    weights["model.norm.weight"] = weights["model.norm.weight"] * 2
    save_file(weights, other / "model.safetensors", metadata={"format": "pt"})
    strange = open_namer(other, tmp_path)
    with pytest.raises(BadRequest, match="made with other weights than those of namer"):
        strange.probe_scores(ProbeScoreRequest("namer", study.card.study, TEXT))


def test_the_same_weights_under_another_name_are_scored(
    backend: LocalBackend, study: ProbeStudy, another: LocalBackend, model: Path, tmp_path: Path
) -> None:
    renamed = LocalBackend((CatalogueEntry("anyone", str(model)),), device="cpu", studies=tmp_path)
    theirs = renamed.probe_scores(ProbeScoreRequest("anyone", study.card.study, TEXT))
    ours = backend.probe_scores(ProbeScoreRequest("namer", study.card.study, TEXT))
    np.testing.assert_array_equal(theirs.values, ours.values)


def test_an_imported_study_gives_the_same_scores(
    backend: LocalBackend, study: ProbeStudy, model: Path, tmp_path: Path
) -> None:
    path = tmp_path / "study.zip"
    path.write_bytes(b"".join(backend.export_study(study.card.study)))
    elsewhere = open_namer(model, tmp_path / "studies")
    with path.open("rb") as file:
        elsewhere.import_study(file)
    request = ProbeScoreRequest("namer", study.card.study, TEXT)
    np.testing.assert_array_equal(
        elsewhere.probe_scores(request).values, backend.probe_scores(request).values
    )


def test_a_study_deleted_meanwhile_gets_a_sentence(
    another: LocalBackend, study: ProbeStudy
) -> None:
    request = ProbeScoreRequest("namer", study.card.study, TEXT)
    cached = CachedBackend(another, make_store())
    cached.probe_scores(request)
    shutil.rmtree(folder_of(another, study))
    for asked in (another, cached):
        with pytest.raises(UnknownStudy, match="There is no study"):
            asked.probe_scores(request)


def test_after_a_study_is_replaced_scores_describe_the_new_one(
    another: LocalBackend, study: ProbeStudy
) -> None:
    """The new study has the same probes and another nested AUC."""
    request = ProbeScoreRequest("namer", study.card.study, TEXT)
    cached = CachedBackend(another, make_store())
    assert f"nested AUC {study.card.best.nested}" in cached.probe_scores(request).source
    head = folder_of(another, study) / "study.json"
    content = read_json(head)
    content["card"]["best"]["nested"]["value"] = 0.123
    write_json(head, content)
    seal(head.parent)
    assert "nested AUC 0.123" in cached.probe_scores(request).source


def test_altered_probes_are_refused(another: LocalBackend, study: ProbeStudy) -> None:
    path = folder_of(another, study) / "probes.safetensors"
    probes = load_file(path)
    probes["resid_post.weights"][1] *= -1
    save_file(probes, path)
    with pytest.raises(UnknownStudy, match=r"the checksum of probes\.safetensors differs"):
        another.probe_scores(ProbeScoreRequest("namer", study.card.study, TEXT))
    path.unlink()
    with pytest.raises(UnknownStudy, match=r"cannot be read: No such file or directory\."):
        another.probe_scores(ProbeScoreRequest("namer", study.card.study, TEXT))


def test_impossible_requests_are_refused_with_a_sentence(
    backend: LocalBackend, study: ProbeStudy
) -> None:
    name = study.card.study
    for said, request in {
        "no probes at attn_out": ProbeScoreRequest("namer", name, TEXT, Site.ATTN_OUT),
        "no token 5 for last_q": ProbeScoreRequest("namer", name, TEXT, columns=(("last_q", 5),)),
        "no token -1 for last_q": ProbeScoreRequest("namer", name, TEXT, columns=(("last_q", -1),)),
    }.items():
        with pytest.raises(BadRequest, match=said):
            backend.probe_scores(request)
    with pytest.raises(TextTooLong, match="129 tokens"):
        backend.probe_scores(ProbeScoreRequest("namer", name, token_ids=(3,) * 129))
    with pytest.raises(UnknownStudy):
        backend.probe_scores(ProbeScoreRequest("namer", "../../etc", TEXT))
    with pytest.raises(BadRequest, match="no position 'nowhere'"):
        ProbeScoreRequest("namer", name, TEXT, position="nowhere")
    with pytest.raises(BadRequest, match="no position 'nowhere'"):
        ProbeScoreRequest("namer", name, TEXT, columns=(("nowhere", 1),))
    with pytest.raises(BadRequest, match="Probes are fitted at"):
        ProbeScoreRequest("namer", name, TEXT, Site.RESID_MID)
    with pytest.raises(BadRequest, match="no text yet"):
        ProbeScoreRequest("namer", name)
