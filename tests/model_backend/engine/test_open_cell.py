"""An opened cell says what the layer did there, and says so when there is nothing to say."""

from pathlib import Path

import numpy as np
import pytest
import torch

from model_backend import (
    SITES,
    BadRequest,
    CellPart,
    CellRequest,
    InspectRequest,
    LocalBackend,
    Measure,
    Site,
    catalogue,
)
from tests.model_backend.saved import save_model

TEXT = "Hello, map."
N_TOKENS = len(TEXT) + 1
N_HEADS = 4


@pytest.fixture(scope="module")
def backend(tmp_path_factory: pytest.TempPathFactory) -> LocalBackend:
    folder = save_model(tmp_path_factory.mktemp("models") / "tiny")
    return LocalBackend(catalogue([str(folder)]), device="cpu")


def open_at(backend, row, position):
    return backend.cell(CellRequest("tiny", TEXT, row, position))


def test_attention_from_a_position_sums_to_one_and_is_missing_ahead(backend) -> None:
    given = open_at(backend, 2, 5).attention_from
    assert given.shape == (N_HEADS, N_TOKENS)
    np.testing.assert_allclose(given[:, :6].sum(1), 1, rtol=1e-5)
    assert np.isnan(given[:, 6:]).all()


def test_attention_to_a_position_is_what_the_others_give_it(backend) -> None:
    received = open_at(backend, 2, 5).attention_to
    assert np.isnan(received[:, :5]).all()
    for later in range(5, N_TOKENS):
        given = open_at(backend, 2, later).attention_from
        np.testing.assert_allclose(received[:, later], given[:, 5], rtol=1e-5)


def test_the_columns_of_attention_are_the_tokens_of_the_text(backend) -> None:
    assert open_at(backend, 1, 1).token_labels == ("<s>", *TEXT)


def test_the_embedding_has_no_writes_no_attention_and_no_neurons_and_says_so(backend) -> None:
    cell = open_at(backend, 0, 5)
    assert (cell.writes, cell.neurons) == ((), ())
    assert cell.attention_from is None and cell.attention_to is None
    assert set(cell.absent) == {CellPart.WRITES, CellPart.ATTENTION, CellPart.NEURONS}
    assert all("Row 0 is the embedding" in reason for reason in cell.absent.values())
    assert np.isnan(cell.values[Measure.MLP_OUTPUT])
    assert cell.predictions


def test_a_cell_of_a_block_lacks_nothing(backend) -> None:
    cell = open_at(backend, 3, 5)
    assert not cell.absent
    assert [write.site for write in cell.writes] == [Site.ATTN_OUT, Site.MLP_OUT]
    assert len(cell.neurons) == 12
    sizes = [abs(neuron.value) for neuron in cell.neurons]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] == pytest.approx(cell.values[Measure.LARGEST_NEURON])


def test_writes_agree_with_the_maps_of_their_size_and_direction(backend) -> None:
    inspection = backend.inspect(InspectRequest("tiny", TEXT))
    sizes = {Site.ATTN_OUT: Measure.ATTENTION_OUTPUT, Site.MLP_OUT: Measure.MLP_OUTPUT}
    for write in open_at(backend, 2, 5).writes:
        size = inspection.grid(sizes[write.site]).values[2, 5]
        cosine = inspection.grid(Measure.WRITE_COSINE, write.site).values[2, 5]
        np.testing.assert_allclose([write.norm, write.cosine], [size, cosine], rtol=1e-4)


def test_numbers_at_other_sites_agree_with_their_maps(backend) -> None:
    inspection = backend.inspect(InspectRequest("tiny", TEXT))
    cell = open_at(backend, 2, 5)
    assert set(cell.values_at) == set(inspection.grids_at) == {Site.RESID_MID, Site.MLP_OUT}
    for site, values in cell.values_at.items():
        for measure, value in values.items():
            expected = inspection.grid(measure, site).values[2, 5]
            np.testing.assert_allclose(value, expected, rtol=1e-4)


def test_a_planted_write_is_seen_with_its_size_and_its_token(backend) -> None:
    model = backend._pool.take("tiny").model
    rows = model.lm_head.weight.detach()
    longest = int(rows.norm(dim=-1).argmax())
    planted = rows[longest] / model.model.norm.weight.detach()
    planted = 7 * planted / planted.norm()
    hook = model.model.layers[1].mlp.register_forward_hook(lambda *_: planted.expand(1, 9, -1))
    write = backend.cell(CellRequest("tiny", "planted.", 2, 5)).writes[1]
    hook.remove()
    assert write.norm == pytest.approx(7, rel=1e-5)
    assert write.promoted[0].token_id == longest
    assert write.promoted[0].logit > 0 > write.suppressed[0].logit
    shifts = [shift.logit for shift in write.promoted]
    assert shifts == sorted(shifts, reverse=True)


def test_what_a_layer_reads_is_what_the_layer_before_left(backend) -> None:
    inspection = backend.inspect(InspectRequest("tiny", TEXT))
    for measure in (Measure.RESIDUAL_NORM, Measure.LENS_ENTROPY):
        before = inspection.grid(measure, Site.RESID_PRE)
        assert before.site == "resid_pre" and np.isnan(before.values[0]).all()
        np.testing.assert_array_equal(before.values[1:], inspection.grid(measure).values[:-1])


def test_every_measure_at_every_site_is_there_or_says_why_not(backend) -> None:
    inspection = backend.inspect(InspectRequest("tiny", TEXT))
    for measure in Measure:
        for site in SITES[measure] or (None,):
            reason = inspection.why_absent(measure, site)
            if reason is None:
                assert inspection.grid(measure, site).name == measure
            else:
                assert reason.endswith((".", "on."))
                with pytest.raises(BadRequest):
                    inspection.grid(measure, site)


def test_attention_comes_when_it_is_asked_for_and_only_then(backend) -> None:
    without = backend.inspect(InspectRequest("tiny", TEXT))
    assert "only when asked" in (without.why_absent(Measure.ATTENTION_ENTROPY) or "")
    entropy = backend.inspect(InspectRequest("tiny", TEXT, attention=True)).grid(
        Measure.ATTENTION_ENTROPY
    )
    assert entropy.unit == "bits" and np.isnan(entropy.values[0]).all()
    assert (entropy.values[1:, 1:] <= np.log2(np.arange(2, N_TOKENS + 1)) + 1e-5).all()


def test_attention_that_does_not_fit_leaves_the_rest_of_the_cell(backend, monkeypatch) -> None:
    monkeypatch.setattr("model_backend.engine.attention.free_bytes", lambda _: 1000)
    cell = open_at(backend, 2, 6)
    assert "Shorten the text" in cell.absent[CellPart.ATTENTION]
    assert cell.attention_from is None and len(cell.writes) == 2 and cell.neurons


def test_a_mixture_of_experts_has_writes_but_no_numbered_neurons(tmp_path: Path) -> None:
    folder = save_model(
        tmp_path / "tiny", model_type="mixtral", num_local_experts=4, num_experts_per_tok=2
    )
    backend = LocalBackend(catalogue([str(folder)]), device="cpu")
    cell = open_at(backend, 2, 5)
    assert cell.writes and not cell.neurons
    assert "mixture of experts" in cell.absent[CellPart.NEURONS]
    inspection = backend.inspect(InspectRequest("tiny", TEXT))
    assert "mixture of experts" in (inspection.why_absent(Measure.ACTIVE_NEURONS) or "")


def test_torch_never_leaves(backend) -> None:
    cell = open_at(backend, 2, 5)
    assert not [name for name, value in vars(cell).items() if isinstance(value, torch.Tensor)]
