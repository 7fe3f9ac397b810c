"""Fetches a model from the Hugging Face hub into its cache on this machine, the small files first.

Only descriptions, tokenizer files and safetensors are ever fetched.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from huggingface_hub import snapshot_download
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    LocalEntryNotFoundError,
    RepositoryNotFoundError,
)
from tqdm.std import tqdm  # type: ignore[import-untyped]

from model_backend.checkpoint import CONFIG, INDEX, TOKENIZER_FILES, WEIGHTS, weight_names
from model_backend.errors import ModelUnavailable
from model_backend.loaded import Report

_SMALL_FILES = (CONFIG, INDEX, "generation_config.json", "*.jinja", *TOKENIZER_FILES)


def fetch_description(source: str, report: Report, endpoint: str | None = None) -> Path:
    """The folder of a repository, with everything in it but the weights; named after its commit.

    Raises:
        ModelUnavailable: there is no such repository, it is gated, or the hub cannot be reached.
    """
    return _fetch(source, None, _SMALL_FILES, report, endpoint)


def fetch_weights(source: str, folder: Path, report: Report, endpoint: str | None = None) -> None:
    """Add the weights to a folder that ``fetch_description`` gave.

    Raises:
        ModelUnavailable: as there; or the download did not come through.
    """
    names = weight_names(folder) if (folder / INDEX).exists() else (WEIGHTS,)
    _fetch(source, folder.name, names, report, endpoint)


def _fetch(
    source: str,
    revision: str | None,
    names: Sequence[str],
    report: Report,
    endpoint: str | None,
) -> Path:
    with _in_words(source):
        folder = snapshot_download(
            source,
            revision=revision,
            allow_patterns=list(names),
            tqdm_class=_reporting(report),
            endpoint=endpoint,
        )
    return Path(folder)


@contextmanager
def _in_words(source: str) -> Iterator[None]:
    try:
        yield
    except GatedRepoError as error:
        raise ModelUnavailable(
            f"{source} is gated: accept its terms on its page on the hub, set HF_TOKEN to a token "
            "of that account, and load it again."
        ) from error
    except RepositoryNotFoundError as error:
        raise ModelUnavailable(
            f"The hub has no public repository {source}. Check the name; if it is private, set "
            "HF_TOKEN and load it again."
        ) from error
    except LocalEntryNotFoundError as error:
        raise ModelUnavailable(
            f"{source} is not on this machine, and the Hugging Face hub cannot be reached. "
            "Try again when there is a network, or name a local folder."
        ) from error
    except HFValidationError as error:
        raise ModelUnavailable(f"{source!r} is neither a folder nor the id of a model.") from error
    except (HfHubHTTPError, OSError) as error:
        reason = str(error).strip().splitlines()[0]
        raise ModelUnavailable(f"{source} could not be downloaded: {reason}") from error


def _reporting(report: Report) -> type[tqdm]:
    class Progress(tqdm):
        """A progress bar of bytes that reports instead of drawing itself."""

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            kwargs.pop("name", None)
            super().__init__(*args, **(kwargs | {"disable": False}))

        def display(self, msg: str | None = None, pos: int | None = None) -> None:
            if self.unit == "B" and self.total:
                report(f"downloading, {self.n / 1e6:,.0f} of {self.total / 1e6:,.0f} MB")

    return Progress
