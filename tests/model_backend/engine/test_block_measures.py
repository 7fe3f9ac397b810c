"""Measures taken inside the blocks during a pass equal those of a pass that keeps everything."""

import pytest
import torch
from torch.testing import assert_close

from model_backend.api.maps.measure_specs import Needs
from model_backend.api.maps.measures import Measure, measures_that_need
from model_backend.api.maps.sites import Site
from model_backend.engine import block_measures
from model_backend.engine.forward import trace_forward, trace_with_measures
from model_backend.engine.hooks import hook_input
from model_backend.models.architecture import locate
from tests.model_backend.tiny_models import (
    EVERY,
    MIXTURES,
    N_LAYERS,
    PARALLEL,
    build_model,
    tiny_model,
)

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")

INPUT_IDS = torch.tensor([1, 17, 5, 60, 5, 3, 96])
WITH_MID = [variant for variant in EVERY if variant not in PARALLEL]
WITH_NEURONS = [variant for variant in EVERY if variant not in MIXTURES]
OF_WEIGHTS = measures_that_need(Needs.WEIGHTS)


def numbers(variant, **options):
    return trace_with_measures(tiny_model(variant), INPUT_IDS, **options).numbers


def kept(variant, *sites):
    return trace_forward(tiny_model(variant), INPUT_IDS, inside=sites)


def cosines(one, other):
    one, other = one.double(), other.double()
    return ((one * other).sum(-1) / (one.norm(dim=-1) * other.norm(dim=-1))).float()


def neurons_of(variant):
    parts, seen = locate(tiny_model(variant)), []
    hooks = [hook_input(down, lambda x: seen.append(x.clone())) for down in parts.down_projections]
    trace_forward(tiny_model(variant), INPUT_IDS)
    for hook in hooks:
        hook.remove()
    return torch.stack(seen)


@pytest.mark.parametrize("variant", EVERY)
def test_the_sizes_of_writes_are_their_norms(variant) -> None:
    made, trace = numbers(variant), kept(variant, Site.ATTN_OUT, Site.MLP_OUT)
    attention, mlp = trace.at(Site.ATTN_OUT).norm(dim=-1), trace.at(Site.MLP_OUT).norm(dim=-1)
    assert_close(made[Measure.ATTENTION_OUTPUT, Site.ATTN_OUT], attention)
    assert_close(made[Measure.MLP_OUTPUT, Site.MLP_OUT], mlp)


@pytest.mark.parametrize("variant", EVERY)
def test_the_cosine_of_attention_is_to_what_the_block_read(variant) -> None:
    trace = kept(variant, Site.ATTN_OUT)
    expected = cosines(trace.at(Site.ATTN_OUT), trace.at(Site.RESID_PRE))
    assert_close(numbers(variant)[Measure.WRITE_COSINE, Site.ATTN_OUT], expected)


@pytest.mark.parametrize("variant", EVERY)
def test_the_cosine_of_the_mlp_is_to_what_it_is_added_to(variant) -> None:
    parallel = variant in PARALLEL
    trace = kept(variant, Site.MLP_OUT, *(() if parallel else (Site.RESID_MID,)))
    added_to = trace.at(Site.RESID_PRE if parallel else Site.RESID_MID)
    expected = cosines(trace.at(Site.MLP_OUT), added_to)
    assert_close(numbers(variant)[Measure.WRITE_COSINE, Site.MLP_OUT], expected)


@pytest.mark.parametrize("variant", WITH_MID)
def test_the_stream_between_attention_and_mlp_is_measured_as_it_is(variant) -> None:
    made, middle = numbers(variant), kept(variant, Site.RESID_MID).at(Site.RESID_MID)
    assert_close(made[Measure.RESIDUAL_NORM, Site.RESID_MID], middle.norm(dim=-1))
    turned = made[Measure.COSINE_TO_PREVIOUS, Site.RESID_MID]
    assert turned[0].isnan().all()
    assert_close(turned[1:], cosines(middle[1:], middle[:-1]))


@pytest.mark.parametrize("variant", WITH_NEURONS)
def test_neurons_are_what_enters_the_down_projection(variant) -> None:
    made, neurons = numbers(variant), neurons_of(variant)
    assert_close(made[Measure.LARGEST_NEURON, None], neurons.abs().amax(-1))
    rms = neurons.double().square().mean(-1, keepdim=True).sqrt()
    share = (neurons.abs() > rms).double().mean(-1).float()
    assert_close(made[Measure.ACTIVE_NEURONS, None], share)


@pytest.mark.parametrize("variant", MIXTURES)
def test_a_mixture_of_experts_has_no_common_neurons(variant) -> None:
    assert not {measure for measure, _ in numbers(variant)} & measures_that_need(Needs.NEURONS)


@pytest.mark.parametrize("variant", EVERY)
def test_every_layer_and_token_has_a_number(variant) -> None:
    for (measure, site), values in numbers(variant).items():
        assert values.shape == (N_LAYERS, len(INPUT_IDS))
        first = 1 if (measure, site) == (Measure.COSINE_TO_PREVIOUS, Site.RESID_MID) else 0
        assert values[first:].isfinite().all(), (measure, site)


def test_attention_is_not_measured_unless_asked_for() -> None:
    assert not {measure for measure, _ in numbers("llama")} & OF_WEIGHTS
    assert {measure for measure, _ in numbers("llama", attention=True)} >= OF_WEIGHTS


def test_measuring_changes_nothing_in_the_pass() -> None:
    model = tiny_model("llama")
    gauged, plain = trace_with_measures(model, INPUT_IDS), trace_forward(model, INPUT_IDS)
    assert_close(gauged.residual, plain.residual, rtol=0, atol=0)


def test_no_activation_is_kept_but_the_stream() -> None:
    trace = trace_with_measures(tiny_model("llama"), INPUT_IDS, attention=True)
    assert not trace.inside
    assert all(values.dim() == 2 for values in trace.numbers.values())
    n_bytes = len(trace.numbers) * 4 * N_LAYERS * len(INPUT_IDS)
    assert trace.nbytes == trace.residual.nbytes + n_bytes


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_numbers_of_half_precision_are_added_up_in_float32(dtype) -> None:
    model = build_model("llama").to(dtype)
    made = trace_with_measures(model, INPUT_IDS).numbers
    written = trace_forward(model, INPUT_IDS, inside=[Site.MLP_OUT]).at(Site.MLP_OUT)
    exact = written.double().norm(dim=-1).float()
    assert_close(made[Measure.MLP_OUTPUT, Site.MLP_OUT], exact, rtol=1e-5, atol=0)


@pytest.mark.parametrize("variant", ["llama", "bert", "granite", "gpt_neox"])
@pytest.mark.parametrize("at_once", [1, 2])
def test_it_does_not_matter_how_many_layers_are_measured_at_once(
    variant, at_once, monkeypatch
) -> None:
    together = numbers(variant)
    monkeypatch.setattr(block_measures, "FEWEST_LAYERS", 1)
    monkeypatch.setattr(block_measures._Batch, "_layers_at_once", lambda *_: at_once)
    apart = numbers(variant)
    assert apart.keys() == together.keys()
    for place, values in together.items():
        assert_close(apart[place], values, equal_nan=True)
