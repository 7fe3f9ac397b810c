"""Any text a person types gives a right map or a clear sentence, from models of this process."""

import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM

from model_backend import (
    NOT_INSPECTED,
    ON_REQUEST,
    Backend,
    BackendError,
    BadRequest,
    CachedBackend,
    CellRequest,
    InspectRequest,
    LocalBackend,
    Measure,
    ModelState,
    ModelUnavailable,
    Query,
    TextTooLong,
    UnknownModel,
    catalogue,
    make_store,
)
from model_backend.sharing.lru_cache import LruCache
from tests.model_backend.saved import byte_tokenizer, save_model

TEXT = "Hello, map."


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_model(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture(scope="module")
def backend(folder: Path) -> LocalBackend:
    return LocalBackend(catalogue([str(folder)]), device="cpu")


def ask(text: str, special_tokens: bool = True) -> InspectRequest:
    return InspectRequest("tiny", text, special_tokens)


def count_forward_passes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A list that grows with every forward pass."""
    from model_backend.engine import handlers as inspecting

    passes: list[int] = []
    trace = inspecting.trace_tokens

    def counted(loaded: Any, token_ids: Any, **options: Any) -> Any:
        passes.append(len(token_ids))
        return trace(loaded, token_ids, **options)

    monkeypatch.setattr(inspecting, "trace_tokens", counted)
    return passes


def test_the_front_door_and_a_backend_import_neither_torch_nor_transformers() -> None:
    program = (
        "import sys, model_backend as m;"
        "m.CachedBackend(m.LocalBackend(), m.make_store()).models();"
        "print(sorted({'torch', 'transformers'} & set(sys.modules)))"
    )
    output = subprocess.check_output([sys.executable, "-c", program], text=True)
    assert output.strip() == "[]"


def test_the_models_are_there_at_once_the_default_first(folder: Path) -> None:
    cards = LocalBackend(catalogue([str(folder)])).models()
    assert [card.name for card in cards] == ["tiny", "builtin"]
    assert {card.state for card in cards} == {ModelState.NOT_LOADED}


def test_it_keeps_the_promise_of_a_backend(backend: LocalBackend) -> None:
    kept: Backend = backend
    assert all(callable(getattr(kept, name)) for name in ("models", "load", "inspect", "cell"))


def test_the_last_row_predicts_what_the_model_predicts(folder: Path, backend: LocalBackend) -> None:
    inspection = backend.inspect(ask(TEXT))
    model = AutoModelForCausalLM.from_pretrained(folder)
    with torch.inference_mode():
        ids = torch.tensor(inspection.token_ids)[None]
        probs, top_ids = model(ids).logits[0].softmax(-1).topk(5)
    np.testing.assert_array_equal(inspection.top_ids[-1], top_ids)
    np.testing.assert_allclose(inspection.top_probs[-1], probs, rtol=1e-4)


def test_every_measure_has_a_value_for_every_row_and_token(backend: LocalBackend) -> None:
    inspection = backend.inspect(ask(TEXT))
    assert set(inspection.grids) == set(Measure) - ON_REQUEST - NOT_INSPECTED
    for grid in inspection.grids.values():
        assert grid.values.shape == (4, len(TEXT) + 1)
        assert np.isfinite(grid.values[1:]).all()


TYPED = {
    "one letter": "a",
    "only a special token": "</s>",
    "special tokens among words": "a</s>b<s>",
    "html": "<b>html</b> & <script>alert(1)</script>",
    "NUL and controls": "a\x00b\x1b[0m\x7f",
    "right to left": "שלום עולם",
    "a family of emoji": "👩‍👩‍👧‍👦 🏳️‍🌈",
    "newlines and tabs": "a\n\n\tb  ",
    "not normalised": "e\u0301 \u212b",
    "braces": "{0} %s {{}}",
}


@pytest.mark.parametrize("text", TYPED.values(), ids=list(TYPED))
@pytest.mark.parametrize("special_tokens", [True, False])
def test_what_people_type_gives_a_map_with_nothing_lost(
    backend: LocalBackend, text: str, special_tokens: bool
) -> None:
    inspection = backend.inspect(ask(text, special_tokens))
    tokenizer = byte_tokenizer()
    assert tokenizer.decode(inspection.token_ids[1:].tolist()) == text
    assert len(inspection.grids[Measure.LENS_ENTROPY].token_labels) == len(inspection.token_ids)
    assert np.isfinite(inspection.grids[Measure.RESIDUAL_NORM].values).all()


def test_a_special_token_typed_is_one_token_or_text_as_one_likes(backend: LocalBackend) -> None:
    assert len(backend.inspect(ask("</s>")).token_ids) == 2
    assert backend.inspect(ask("</s>")).is_special.tolist() == [True, True]
    assert len(backend.inspect(ask("</s>", special_tokens=False)).token_ids) == 5


def test_a_text_of_one_token_has_a_map_and_an_open_cell(tmp_path: Path) -> None:
    save_model(tmp_path / "tiny")
    byte_tokenizer(begin=False).save_pretrained(tmp_path / "tiny")
    backend = LocalBackend(catalogue([str(tmp_path / "tiny")]), device="cpu")
    assert backend.inspect(ask("a")).top_ids.shape == (4, 1, 5)
    cell = backend.cell(CellRequest("tiny", "a", 3, 0))
    assert cell.next_token is None and cell.next_token_rank is None


def test_4096_tokens_are_taken_and_one_more_is_refused_with_both_numbers(
    backend: LocalBackend,
) -> None:
    assert backend.inspect(ask("a" * 4095)).top_ids.shape == (4, 4096, 5)
    with pytest.raises(TextTooLong, match=r"4,097 tokens; tiny takes 4,096"):
        backend.inspect(ask("a" * 4096))


def test_the_operator_may_set_a_smaller_limit(folder: Path) -> None:
    backend = LocalBackend(catalogue([str(folder)]), device="cpu", max_tokens=4)
    with pytest.raises(TextTooLong, match="takes 4"):
        backend.cell(CellRequest("tiny", "abcd", 0, 0))


def test_a_text_of_which_no_tokens_are_made_is_refused(tmp_path: Path) -> None:
    save_model(tmp_path / "tiny")
    tokenizer = byte_tokenizer(begin=False)
    from tokenizers.normalizers import Replace

    tokenizer.backend_tokenizer.normalizer = Replace("a", "")
    tokenizer.save_pretrained(tmp_path / "tiny")
    backend = LocalBackend(catalogue([str(tmp_path / "tiny")]), device="cpu")
    with pytest.raises(BadRequest, match="makes no tokens"):
        backend.inspect(ask("a"))


def test_a_tokenizer_of_another_model_is_told_apart(tmp_path: Path) -> None:
    save_model(tmp_path / "tiny", vocab_size=50)
    backend = LocalBackend(catalogue([str(tmp_path / "tiny")]), device="cpu")
    with pytest.raises(BadRequest, match="do not belong together"):
        backend.inspect(ask("zz"))


def test_a_cell_agrees_with_the_map_it_is_in(backend: LocalBackend) -> None:
    inspection = backend.inspect(ask(TEXT))
    for row, position in ((0, 0), (2, 5), (3, len(TEXT))):
        cell = backend.cell(CellRequest("tiny", TEXT, row, position))
        top_ids = [prediction.token_id for prediction in cell.predictions]
        assert top_ids[:5] == inspection.top_ids[row, position].tolist()
        assert cell.token_text == inspection.grids[Measure.LENS_KL].token_labels[position]
        inspection = backend.inspect(replace(ask(TEXT), attention=row > 0))
        assert set(cell.values) == set(inspection.grids)
        for measure, value in cell.values.items():
            expected = inspection.grids[measure].values[row, position]
            np.testing.assert_allclose(value, expected, rtol=1e-3, atol=1e-4)


def test_a_cell_tells_the_token_that_follows_and_its_rank(backend: LocalBackend) -> None:
    inspection = backend.inspect(ask(TEXT))
    cell = backend.cell(CellRequest("tiny", TEXT, 2, 5))
    assert cell.next_token is not None
    assert (cell.token_text, cell.next_token.text) == (TEXT[4], TEXT[5])
    assert cell.next_token.token_id == inspection.token_ids[6]
    assert cell.next_token_rank == inspection.grids[Measure.NEXT_TOKEN_RANK].values[2, 5]
    assert backend.cell(CellRequest("tiny", TEXT, 2, len(TEXT))).next_token is None


def test_the_paths_of_a_cell_pass_through_its_predictions(backend: LocalBackend) -> None:
    cell = backend.cell(CellRequest("tiny", TEXT, 2, 5))
    assert cell.paths.shape == (4, 10)
    assert len(cell.layer_labels) == 4
    probabilities = [prediction.probability for prediction in cell.predictions]
    np.testing.assert_allclose(cell.paths[2], probabilities, rtol=1e-4)


@pytest.mark.parametrize(
    ("row", "position", "sentence"), [(4, 0, "row 4 .* 0 to 3"), (0, 12, "position 12 .* 0 to 11")]
)
def test_a_cell_outside_the_map_is_refused_with_both_numbers(
    backend: LocalBackend, row: int, position: int, sentence: str
) -> None:
    with pytest.raises(BadRequest, match=sentence):
        backend.cell(CellRequest("tiny", TEXT, row, position))


def test_a_click_after_an_inspection_runs_the_model_no_more(
    backend: LocalBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    passes = count_forward_passes(monkeypatch)
    backend.inspect(ask("a click"))
    backend.cell(CellRequest("tiny", "a click", 1, 1))
    assert len(passes) == 1


def test_a_click_long_after_an_inspection_runs_it_again_and_is_right(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = LocalBackend(catalogue([str(folder)]), device="cpu")
    backend._traces = LruCache(byte_budget=0)
    passes = count_forward_passes(monkeypatch)
    inspection = backend.inspect(ask(TEXT))
    cell = backend.cell(CellRequest("tiny", TEXT, 2, 5))
    assert len(passes) == 2
    assert cell.predictions[0].token_id == inspection.top_ids[2, 5, 0]


def test_eight_equal_requests_at_once_run_the_model_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    passes = count_forward_passes(monkeypatch)
    backend = CachedBackend(LocalBackend(catalogue([str(folder)]), device="cpu"), make_store())
    with ThreadPoolExecutor(8) as pool:
        inspections = list(pool.map(lambda _: backend.inspect(ask("all at once")), range(8)))
    assert len(passes) == 1
    assert {inspection.revision for inspection in inspections} == {inspections[0].revision}


def test_a_tokenizer_serves_many_threads(backend: LocalBackend) -> None:
    def count(number: int) -> int:
        return backend.token_count(ask("</s>" * 50, special_tokens=number % 2 == 0))

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(count, range(200))) == {51, 201}


def test_the_vocabulary_has_a_text_for_every_id(backend: LocalBackend) -> None:
    vocabulary = backend.vocabulary("tiny")
    assert len(vocabulary) == 300
    assert vocabulary[0] == "<s>"


def key_of(backend: LocalBackend, query: Query[Any]) -> str:
    return CachedBackend(backend, make_store()).key_of(query)


def test_a_key_tells_apart_what_gives_other_results(
    folder: Path, tmp_path: Path, backend: LocalBackend
) -> None:
    other = LocalBackend(
        catalogue([str(save_model(tmp_path / "tiny", rms_norm_eps=0.1))]), device="cpu"
    )
    (tmp_path / "spelled").mkdir()
    save_model(tmp_path / "spelled" / "tiny")
    byte_tokenizer(begin=False).save_pretrained(tmp_path / "spelled" / "tiny")
    spelled = LocalBackend(catalogue([str(tmp_path / "spelled" / "tiny")]), device="cpu")
    narrow = LocalBackend(catalogue([str(folder)]), device="cpu", dtype="bfloat16")
    short = LocalBackend(catalogue([str(folder)]), device="cpu", max_tokens=100)
    own = (
        ask(TEXT),
        ask(TEXT + " "),
        ask("</s>"),
        ask("</s>", special_tokens=False),
        replace(ask(TEXT), attention=True),
        CellRequest("tiny", TEXT, 0, 1),
        CellRequest("tiny", TEXT, 1, 0),
    )
    keys = [key_of(backend, query) for query in own]
    keys += [key_of(one, ask(TEXT)) for one in (other, spelled, narrow, short)]
    assert len(set(keys)) == len(keys)
    again = LocalBackend(catalogue([str(folder)]), device="cpu")
    assert key_of(again, ask(TEXT)) == keys[0]


def failing(error: Exception) -> Callable[..., Any]:
    def fail(*_: Any, **__: Any) -> Any:
        raise error

    return fail


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (torch.OutOfMemoryError("CUDA out of memory"), "not enough memory for 5 tokens in tiny"),
        (MemoryError(), "not enough memory"),
        (RuntimeError("shapes differ\nand more"), "tiny failed over this text: .*shapes differ$"),
    ],
)
def test_a_failure_while_running_is_told_and_the_model_goes_on(
    folder: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, sentence: str
) -> None:
    backend = LocalBackend(catalogue([str(folder)]), device="cpu")
    with monkeypatch.context() as patch:
        patch.setattr("model_backend.engine.handlers.trace_tokens", failing(error))
        with pytest.raises(BackendError, match=sentence):
            backend.inspect(ask("fail"))
    assert backend.inspect(ask("fail")).model == "tiny"


def test_one_model_that_fails_leaves_the_others_working(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "odd").mkdir()
    backend = LocalBackend(catalogue([str(tmp_path / "odd"), str(folder)]), device="cpu")
    for _ in range(2):
        with pytest.raises(ModelUnavailable, match="no config"):
            backend.inspect(InspectRequest("odd", "a"))
    card = backend.models()[0]
    assert card.state is ModelState.FAILED
    assert "no config.json" in card.message
    assert backend.inspect(ask("a")).model == "tiny"


def test_a_failed_model_may_be_loaded_again(tmp_path: Path) -> None:
    backend = LocalBackend(catalogue([str(tmp_path / "tiny")]), device="cpu")
    with pytest.raises(ModelUnavailable):
        backend.vocabulary("tiny")
    save_model(tmp_path / "tiny")
    backend.load("tiny")
    assert backend.inspect(ask("a")).model == "tiny"


def test_an_unknown_model_is_refused_with_the_names_there_are(backend: LocalBackend) -> None:
    for question in (backend.load, backend.vocabulary):
        with pytest.raises(UnknownModel, match="no model 'nobody' here"):
            question("nobody")
