"""A patch map leaves its model to others between blocks, and ends there when nobody wants it."""

import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch

from model_backend.api.door import JobState
from model_backend.api.errors import CalledOff
from model_backend.api.patching import PatchRequest
from model_backend.engine import turns
from model_backend.engine.forward import trace_forward
from model_backend.engine.patching import jobs as patch_jobs
from model_backend.engine.patching.run import patch_steps, patch_whole
from model_backend.models.loaded import LoadedModel
from model_backend.sharing.progress import Computation, computing
from tests.model_backend.engine.patching.patched import A, B, loaded_model
from tests.waiting import until

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
IDS = torch.tensor([1, 17, 5, 60, 5, 3])
HOW = [("resid_post", "denoising", 1), ("mlp_out", "noising", 3), ("heads", "zero", 1)]


def request_of(site: str = "resid_post", way: str = "denoising", window: int = 1) -> PatchRequest:
    return PatchRequest("tiny", A, B, " w8", " w30", site=site, way=way, window=window)


@pytest.fixture(autouse=True)
def short_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "TURN", 0.0)


@pytest.mark.parametrize("variant", ["llama", "mistral"])
@pytest.mark.parametrize(("site", "way", "window"), HOW)
def test_passes_in_the_middle_of_a_map_and_the_map_are_what_they_are_alone(
    variant: str, site: str, way: str, window: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded, request = loaded_model(variant), request_of(site, way, window)
    alone, own = patch_whole(loaded, request), trace_forward(loaded.model, IDS).residual
    passes: list[bool] = []
    leave = type(loaded.running).__exit__

    def leave_to_others(lock: Any, *error: Any) -> None:
        leave(lock, *error)
        passes.append(torch.equal(trace_forward(loaded.model, IDS).residual, own))

    monkeypatch.setattr(type(loaded.running), "__exit__", leave_to_others)
    beside = patch_whole(loaded, request)
    assert len(passes) > 12 and all(passes)
    np.testing.assert_allclose(beside.effect, alone.effect, atol=1e-5)


def test_a_request_that_waits_has_its_model_before_the_row_is_done() -> None:
    loaded = loaded_model("llama")
    steps = patch_steps(loaded, request_of())
    next(steps)
    ran: list[str] = []

    def ask() -> None:
        with loaded.running:
            ran.append("asked")

    asking = threading.Thread(target=ask)

    def entered(*_: Any) -> None:
        ran.append("block")
        if not asking.ident:
            asking.start()
            until(_is_waiting(loaded))

    hooks = [block.register_forward_pre_hook(entered) for block in loaded.model.model.layers]
    try:
        next(steps)
    finally:
        for hook in hooks:
            hook.remove()
    asking.join(10)
    assert "asked" in ran and ran[-1] == "block"


def _is_waiting(loaded: LoadedModel) -> Any:
    return lambda: bool(loaded.running._waiting)


@pytest.mark.parametrize(("site", "way", "window"), HOW)
def test_a_page_that_closes_in_the_middle_of_a_row_leaves_no_hook(
    site: str, way: str, window: int
) -> None:
    loaded = loaded_model("llama")
    own = trace_forward(loaded.model, IDS).residual
    wanted = iter([True] * 12)
    with computing(Computation(lambda: next(wanted, False))), pytest.raises(CalledOff):
        patch_whole(loaded, request_of(site, way, window))
    assert not any(hooks(loaded))
    assert torch.equal(trace_forward(loaded.model, IDS).residual, own)


def test_a_map_that_times_out_leaves_no_hook() -> None:
    loaded, now = loaded_model("llama"), [0.0]
    jobs = patch_jobs.PatchJobs(lease=10.0, clock=lambda: now[0])
    loaded.running.__enter__()
    job = jobs.start(request_of(), lambda: patch_steps(loaded, request_of()))
    until(_is_waiting(loaded))
    now[0] = 11.0
    loaded.running.__exit__(None, None, None)
    until(lambda: jobs._jobs[job].ended is not None)
    assert jobs.watch(job).state is JobState.CANCELLED
    assert not any(hooks(loaded))


def hooks(loaded: LoadedModel) -> Iterator[Any]:
    for module in loaded.model.modules():
        yield module._forward_hooks or module._forward_pre_hooks or "forward" in vars(module)
