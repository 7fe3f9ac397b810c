"""A saved study opens as one object whose arrays line up answer by answer."""

from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from model_backend import BadRequest, CellName, LocalBackend, ProbeStudy, Site, read_study
from model_backend.probing.storage.saved_study import SavedStudy
from model_backend.probing.storage.zip_exchange import export_folder


@pytest.fixture(scope="module")
def saved(
    backend: LocalBackend, study: ProbeStudy, tmp_path_factory: pytest.TempPathFactory
) -> SavedStudy:
    path = tmp_path_factory.mktemp("saved") / "study.zip"
    folder = backend.study_service._library.finished(study.card.study)
    path.write_bytes(b"".join(export_folder(folder)))
    return read_study(path)


def fit_plainly(saved: SavedStudy, cell: CellName) -> np.ndarray:
    """P(correct) of every answer from scikit-learn, with the study's folds and values of C."""
    features, labels = saved.features(cell).astype(np.float64), saved.labels
    scores = np.zeros(saved.folds.shape)
    for repeat, folds in enumerate(saved.folds):
        for fold in np.unique(folds):
            train, test = folds != fold, folds == fold
            centred = features - features[train].mean(axis=0)
            unit = np.sqrt((centred[train] ** 2).sum(axis=1).mean())
            penalty = saved.maps[cell.site].fold_penalties[cell.row, cell.position, repeat, fold]
            probe = LogisticRegression(C=penalty, tol=1e-8, max_iter=10_000)
            probe.fit(centred[train] / unit, labels[train])
            scores[repeat, test] = probe.decision_function(centred[test] / unit)
    return (1 / (1 + np.exp(-scores))).mean(axis=0)


@pytest.mark.slow
@pytest.mark.parametrize("site", [Site.RESID_POST, Site.MLP_OUT])
def test_scikit_learn_gets_the_scores_of_a_study_from_its_activations(
    saved: SavedStudy, site: Site
) -> None:
    cell = CellName(site, 1, saved.study.positions.index("first_answer"))
    assert saved.has(cell).all()
    np.testing.assert_allclose(fit_plainly(saved, cell), saved.scores(cell), atol=1e-3)


@pytest.mark.slow
def test_a_zip_and_a_folder_hold_the_same_study(
    backend: LocalBackend, study: ProbeStudy, saved: SavedStudy
) -> None:
    folder = read_study(backend.study_service._library.finished(study.card.study))
    assert saved.card == folder.card == study.card
    assert saved.study.references == study.references
    cell = CellName(Site.RESID_POST, 2, 0)
    np.testing.assert_array_equal(saved.features(cell), folder.features(cell))
    assert saved.examples.answer == study.examples.answer
    np.testing.assert_array_equal(saved.labels, study.examples.is_correct)


def test_a_table_has_a_line_for_every_answer(saved: SavedStudy) -> None:
    frame = saved.to_pandas()
    assert len(frame) == saved.card.n and frame["row"].is_unique
    assert frame["is_correct"].tolist() == saved.labels.tolist()
    assert frame["fold_1"].tolist() == saved.folds[0].tolist()
    best = saved.card.best.cell
    np.testing.assert_array_equal(frame["probe_score"], saved.scores(best))
    assert {"question", "answer", "exact_answer", "brevity"} <= set(frame.columns)


def test_activations_that_were_not_kept_are_refused_with_the_way_to_keep_them(
    saved: SavedStudy,
) -> None:
    with pytest.raises(BadRequest, match="kept no activations at attn_out"):
        saved.features(CellName(Site.ATTN_OUT, 1, 0))


def test_a_file_that_holds_no_study_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"PK")
    with pytest.raises(BadRequest, match=r"a\.zip is not a study: BadZipFile"):
        read_study(tmp_path / "a.zip")
