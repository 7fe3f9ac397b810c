"""The catalogue lists the operator's models in order, and the built-in model."""

from pathlib import Path

import pytest

from model_backend import BackendError, catalogue
from model_backend.models.catalogue import BUILTIN, Settings


def names(*sources: str) -> list[str]:
    return [entry.name for entry in catalogue(sources)]


def test_without_arguments_the_catalogue_is_the_built_in_model() -> None:
    assert catalogue() == (BUILTIN,)


def test_the_first_model_named_is_the_default_and_the_built_in_one_comes_last() -> None:
    assert names("org/large", "org/small") == ["org/large", "org/small", "builtin"]


def test_the_built_in_model_keeps_the_place_that_the_operator_gave_it() -> None:
    assert catalogue(["builtin", "org/model"])[0] == BUILTIN
    assert names("builtin", "org/model") == ["builtin", "org/model"]


def test_a_folder_is_named_after_its_last_part(tmp_path: Path) -> None:
    (tmp_path / "my model").mkdir()
    assert names(str(tmp_path / "my model") + "/")[0] == "my model"


def test_a_gguf_file_goes_by_its_name_and_is_never_looked_for_on_the_hub() -> None:
    [entry, _] = catalogue(["tiny.Q8_0.gguf"])
    assert (entry.name, entry.folder) == ("tiny.Q8_0", Path("tiny.Q8_0.gguf"))


def test_names_are_unique(tmp_path: Path) -> None:
    folders = [tmp_path / part / "model" for part in ("one", "two", "three")]
    folders.append(tmp_path / "builtin")
    for folder in folders:
        folder.mkdir(parents=True)
    found = names(*map(str, folders))
    assert found == ["model", "model (2)", "model (3)", "builtin (2)", "builtin"]


def test_a_model_named_twice_is_listed_once() -> None:
    assert names("org/model", "org/model") == ["org/model", "builtin"]


@pytest.mark.parametrize("source", ["gpt2", "org/model-1.5_b"])
def test_an_id_that_is_no_folder_is_a_repository_on_the_hub(source: str) -> None:
    assert catalogue([source])[0].folder is None


@pytest.mark.parametrize("source", ["/no/such/folder", "./nothing", "~/nothing", "a/b/c"])
def test_a_path_that_cannot_be_a_hub_id_is_a_folder_even_if_missing(source: str) -> None:
    assert catalogue([source])[0].folder == Path(source).expanduser()


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"device": "gpu"}, "device 'gpu' is none of auto, cpu, cuda, mps"),
        (
            {"device": "cuda:"},
            "'cuda:' is none of auto, cpu, cuda, mps, nor one GPU, such as cuda:0",
        ),
        ({"dtype": "fp16"}, "dtype 'fp16' is none of auto, float32"),
        ({"max_tokens": 0}, "at least 1; this is 0"),
    ],
)
def test_invalid_settings_are_refused_with_a_sentence(settings: dict, sentence: str) -> None:
    with pytest.raises(BackendError, match=sentence):
        Settings(**settings)
