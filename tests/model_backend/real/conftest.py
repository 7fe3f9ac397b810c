"""Real models, opened once for all tests of a process; no test may change them."""

import pytest

from model_backend import LocalBackend, catalogue
from model_backend.models.loaded import LoadedModel
from tests.model_backend.real.packages import SMOLLM2, file_of, unpack_minilm


@pytest.fixture(scope="session")
def smollm2() -> LocalBackend:
    """A backend whose first model is SmolLM2-135M-Instruct, from its GGUF file."""
    return LocalBackend(catalogue([str(file_of(SMOLLM2, ".gguf"))]), device="cpu")


@pytest.fixture(scope="session")
def opened(smollm2: LocalBackend) -> LoadedModel:
    """The same model as the backend has it."""
    return smollm2._pool.take(smollm2.models()[0].name)


@pytest.fixture(scope="session")
def minilm(tmp_path_factory: pytest.TempPathFactory) -> LocalBackend:
    """A backend whose first model is all-MiniLM-L6-v2, from a folder."""
    folder = unpack_minilm(tmp_path_factory.mktemp("models") / "minilm")
    return LocalBackend(catalogue([str(folder)]), device="cpu")
