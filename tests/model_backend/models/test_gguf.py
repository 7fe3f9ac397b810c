"""A model in one GGUF file is the model it was made from, or is refused in a sentence."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from model_backend import CatalogueEntry, LoadingCancelled, LocalBackend, QuestionRequest, catalogue
from model_backend.models.catalogue import Settings
from model_backend.models.gguf.rope import LLAMA_3
from model_backend.models.loaded import LoadedModel
from model_backend.models.loading import load_model
from tests.model_backend.gguf_files import save_gguf
from tests.model_backend.saved import save_adapter

LLAMA_3_FACTORS = np.array([1.0, 1.0, 2.6945297, 8.0], dtype=np.float32)
"""By Llama 3's rule, for heads of 8 dimensions."""
IDS = torch.tensor([[0, 70, 71, 72, 73]])


def load(path: Path, **settings: Any) -> LoadedModel:
    [entry, _] = catalogue([str(path)])
    return load_model(entry, lambda *_: None, Settings(**({"device": "cpu"} | settings)))


def logits(loaded: LoadedModel) -> torch.Tensor:
    with torch.inference_mode():
        return loaded.model(IDS).logits


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_gguf(tmp_path_factory.mktemp("gguf") / "tiny.gguf")


@pytest.fixture(scope="module")
def squeezed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_gguf(tmp_path_factory.mktemp("gguf") / "small.Q4_1.gguf", "Q4_1")


def test_a_file_of_plain_numbers_gives_the_logits_of_its_folder(plain: Path) -> None:
    folder = plain.with_suffix("")
    assert torch.equal(logits(load(plain)), logits(load(folder)))


@pytest.mark.parametrize(("kind", "error"), [("F16", 1e-3), ("Q8_0", 2e-2), ("Q4_1", 0.3)])
def test_squeezed_weights_are_off_by_no_more_than_their_number_type(
    tmp_path: Path, kind: str, error: float
) -> None:
    path = save_gguf(tmp_path / "tiny.gguf", kind)
    meant = logits(load(path.with_suffix("")))
    off = (logits(load(path)) - meant).norm() / meant.norm()
    assert 1e-6 < off < error


def test_an_output_matrix_that_is_the_embedding_need_not_be_in_the_file(tmp_path: Path) -> None:
    path = save_gguf(
        tmp_path / "tied.gguf",
        edit=lambda _, weights: weights.pop("output.weight"),
        tie_word_embeddings=True,
    )
    loaded = load(path)
    assert loaded.model.lm_head.weight is loaded.model.model.embed_tokens.weight
    assert torch.equal(logits(loaded), logits(load(path.with_suffix(""))))


def test_positions_are_stretched_as_llama_3_stretches_them(tmp_path: Path) -> None:
    rope = {**LLAMA_3, "factor": 8.0, "rope_theta": 500_000.0}
    path = save_gguf(
        tmp_path / "llama3.gguf",
        edit=lambda _, held: held.update({"rope_freqs.weight": LLAMA_3_FACTORS}),
        rope_parameters=rope,
    )
    loaded, folder = load(path), load(path.with_suffix(""))
    assert loaded.model.config.rope_parameters == folder.model.config.rope_parameters
    assert torch.equal(logits(loaded), logits(folder))


def test_the_card_says_how_the_weights_were_stored_and_how_they_run(
    plain: Path, squeezed: Path
) -> None:
    assert load(squeezed).card.dtype == "float32 (stored as Q4_1)"
    assert load(squeezed, dtype="bfloat16").card.dtype == "bfloat16 (stored as Q4_1)"
    assert load(plain).card.dtype == "float32"
    card = load(squeezed).card
    assert (card.name, card.family, card.n_layers) == ("small.Q4_1", "llama", 3)
    assert (card.vocabulary_size, card.max_tokens) == (259, 4096)


def test_the_tokenizer_comes_from_the_file(plain: Path) -> None:
    own, beside = load(plain).tokenizer, load(plain.with_suffix("")).tokenizer
    for text in ("Hello, 12 maps.", "  two  spaces\n", "naïve 日本", "a</s>b"):
        assert own(text).input_ids == beside(text).input_ids
    assert (own.bos_token, own.eos_token) == ("<s>", "</s>")


def test_a_question_goes_through_the_files_own_template(plain: Path) -> None:
    backend = LocalBackend(catalogue([str(plain)]), device="cpu")
    answer = backend.answer(QuestionRequest("tiny", "Where?", max_new_tokens=2))
    assert (answer.has_template, answer.prompt) == (True, "[u]Where?[a]")


def test_digits_stand_alone_where_the_files_rules_say_so(tmp_path: Path) -> None:
    merge = {"tokenizer.ggml.pre": "smollm", "tokenizer.ggml.merges": ["1 2"]}

    def edit(said: dict[str, Any], _: object) -> None:
        said["tokenizer.ggml.tokens"][-1] = "12"
        said.update(merge)

    assert load(save_gguf(tmp_path / "a.gguf", edit=edit)).tokenizer.tokenize("12") == ["1", "2"]
    merge["tokenizer.ggml.pre"] = "gpt-2"
    assert load(save_gguf(tmp_path / "b.gguf", edit=edit)).tokenizer.tokenize("12") == ["12"]


def test_the_revision_is_the_hash_of_the_file(plain: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.gguf"
    shutil.copyfile(plain, copy)
    revision = load(plain).card.revision
    assert load(copy).card.revision == revision
    content = bytearray(copy.read_bytes())
    content[-1] ^= 1
    copy.write_bytes(content)
    assert load(copy).card.revision != revision


def test_every_weight_is_reported_as_it_is_read_and_reading_can_be_called_off(plain: Path) -> None:
    told: list[tuple[str, float | None]] = []

    def keep(message: str, progress: float | None = None, /) -> None:
        told.append((message, progress))
        if message.startswith("reading weights, 9 "):
            raise LoadingCancelled("enough")

    with pytest.raises(LoadingCancelled, match="enough"):
        load_model(CatalogueEntry("mine", str(plain)), keep, Settings(device="cpu"))
    assert told[-1] == ("reading weights, 9 of 30", 9 / 30)


def test_the_loaded_weights_no_longer_lie_in_the_file(tmp_path: Path) -> None:
    path = save_gguf(tmp_path / "tiny.gguf")
    loaded = load(path)
    before = logits(loaded)
    path.write_bytes(b"")  # were a weight still a page of the file, the process would be killed
    assert torch.equal(logits(loaded), before)


def test_what_was_loaded_from_a_file_can_be_saved_as_a_folder(
    squeezed: Path, tmp_path: Path
) -> None:
    loaded = load(squeezed)
    loaded.model.save_pretrained(tmp_path / "folder")
    loaded.tokenizer.save_pretrained(tmp_path / "folder")
    again = load(tmp_path / "folder")
    assert torch.equal(logits(again), logits(loaded))
    assert again.tokenizer("a 12").input_ids == loaded.tokenizer("a 12").input_ids


def test_an_adapter_is_merged_into_the_weights_of_a_file(plain: Path, tmp_path: Path) -> None:
    adapter = save_adapter(plain.with_suffix(""), tmp_path / "adapter")
    of_file, of_folder = (
        load_model(
            CatalogueEntry("adapted", str(path), adapter=str(adapter)),
            lambda *_: None,
            Settings(device="cpu"),
        )
        for path in (plain, plain.with_suffix(""))
    )
    assert torch.equal(logits(of_file), logits(of_folder))
    assert not torch.equal(logits(of_file), logits(load(plain)))
