"""A catalogue file adds models with options of their own; mistakes in it are named."""

from pathlib import Path

import pytest

from model_backend import BackendError, CatalogueEntry, catalogue, read_catalogue
from model_backend.models.catalogue import Settings

WHOLE = """
[[model]]
name = "small"
repo = "org/small"
revision = "v1"
dtype = "bfloat16"
quantize = "8bit"
adapter = "org/adapter"
note = "Good at sums"

[[model]]
name = "mine"
folder = "models/mine"
"""


def write(folder: Path, content: str) -> Path:
    path = folder / "catalogue.toml"
    path.write_text(content)
    return path


def test_every_key_becomes_part_of_the_entry(tmp_path: Path) -> None:
    (tmp_path / "models" / "mine").mkdir(parents=True)
    small, mine = read_catalogue(write(tmp_path, WHOLE))
    assert small == CatalogueEntry(
        "small", "org/small", "Good at sums", "v1", "bfloat16", "8bit", "org/adapter"
    )
    assert mine == CatalogueEntry("mine", str(tmp_path / "models" / "mine"))


def test_a_file_is_one_of_a_repository_or_of_this_machine(tmp_path: Path) -> None:
    content = """
[[model]]
name = "theirs"
repo = "org/small"
file = "small.Q8_0.gguf"

[[model]]
name = "mine"
file = "models/mine.gguf"
"""
    theirs, mine = read_catalogue(write(tmp_path, content))
    assert theirs == CatalogueEntry("theirs", "org/small", file="small.Q8_0.gguf")
    assert mine == CatalogueEntry("mine", str(tmp_path / "models" / "mine.gguf"))
    assert mine.folder == tmp_path / "models" / "mine.gguf"


def test_models_of_the_command_line_come_first_and_the_built_in_one_last(tmp_path: Path) -> None:
    described = read_catalogue(write(tmp_path, WHOLE))
    names = [entry.name for entry in catalogue(["org/other"], described)]
    assert names == ["org/other", "small", "mine", "builtin"]


def test_options_of_an_entry_override_the_general_settings() -> None:
    settings = Settings(dtype="float32", quantize="4bit")
    own = settings.for_entry(CatalogueEntry("small", "org/small", dtype="float16", quantize="none"))
    assert (own.dtype, own.quantize) == ("float16", "none")
    assert settings.for_entry(CatalogueEntry("small", "org/small")) == settings


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("[[model]", "cannot be read"),
        ("name = 'x'", r"one \[\[model\]\] table"),
        ("[[model]]\nrepo = 'org/x'", "Model 1 .* has no name"),
        ("[[model]]\nname = 'x'", "either a repo .* or a local folder"),
        ("[[model]]\nname = 'x'\nrepo = 'org/x'\nfolder = 'x'", "either a repo"),
        ("[[model]]\nname = 'x'\nfolder = 'x'\nfile = 'x.gguf'", "'x.gguf'"),
        ("[[model]]\nname = 'x'\nrepo = 'org/x'\nfile = 'x.bin'", "file is a GGUF file.*'x.bin'"),
        ("[[model]]\nname = 'x'\nfile = 'x.bin'", "file is a GGUF file"),
        ("[[model]]\nname = 'x'\nrepo = '../x'", "not the id of a repository"),
        ("[[model]]\nname = 'x'\nrepo = 'org/x'\ncolour = 'red'", "has 'colour', which is none of"),
        ("[[model]]\nname = 'x'\nrepo = 'org/x'\ndtype = 'float8'", "dtype 'float8' is none of"),
        ("[[model]]\nname = 3\nrepo = 'org/x'", "name is text; this is 3"),
        ("[[model]]\nname = 'builtin'\nrepo = 'org/x'", "'builtin' is twice"),
    ],
)
def test_a_mistake_in_the_file_gets_a_sentence(tmp_path: Path, content: str, sentence: str) -> None:
    with pytest.raises(BackendError, match=sentence):
        read_catalogue(write(tmp_path, content))


def test_a_missing_file_gets_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(BackendError, match=r"nowhere\.toml cannot be read"):
        read_catalogue(tmp_path / "nowhere.toml")
