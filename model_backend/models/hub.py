"""Downloads a model from the Hugging Face hub into the local cache, small files first.

Only descriptions, tokenizer files and safetensors are ever downloaded.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from httpx2 import HTTPError
from huggingface_hub import snapshot_download
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    LocalEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from tqdm.std import tqdm  # type: ignore[import-untyped]

from model_backend.api.errors import ModelUnavailable
from model_backend.models.checkpoint import CONFIG, INDEX, TOKENIZER_FILES, WEIGHTS, weight_names
from model_backend.models.loaded import Report

_SMALL_FILES = (CONFIG, INDEX, "generation_config.json", "*.jinja", *TOKENIZER_FILES)


def fetch_description(
    source: str, report: Report, *, revision: str = "", endpoint: str | None = None
) -> Path:
    """Download all files of a repository but the weights.

    Returns:
        The folder with the files, named after the commit.

    Raises:
        ModelUnavailable: there is no such repository, it is gated, or the hub cannot be reached.
        LoadingCancelled: the load was cancelled.
    """
    return fetch_files(source, _SMALL_FILES, report, revision=revision, endpoint=endpoint)


def fetch_weights(
    source: str, folder: Path, report: Report, *, endpoint: str | None = None
) -> None:
    """Download the weights into a folder from ``fetch_description``.

    Raises:
        ModelUnavailable: as for ``fetch_description``, or the download failed.
        LoadingCancelled: the load was cancelled; complete files are kept.
    """
    names = weight_names(folder) if (folder / INDEX).exists() else (WEIGHTS,)
    fetch_files(source, names, report, revision=folder.name, endpoint=endpoint)


def fetch_files(
    source: str,
    names: Sequence[str],
    report: Report,
    *,
    revision: str = "",
    endpoint: str | None = None,
) -> Path:
    """Download the named files of a repository, and return their folder.

    Raises:
        ModelUnavailable, LoadingCancelled: as for ``fetch_description``.
    """
    with _explain_errors(source, revision):
        folder = snapshot_download(
            source,
            revision=revision or None,
            allow_patterns=list(names),
            tqdm_class=_progress_bar(report),
            endpoint=endpoint,
        )
    return Path(folder)


@contextmanager
def _explain_errors(source: str, revision: str) -> Iterator[None]:
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
    except RevisionNotFoundError as error:
        raise ModelUnavailable(
            f"{source} has no revision {revision!r}. Name a branch, a tag or a commit of it."
        ) from error
    except LocalEntryNotFoundError as error:
        raise ModelUnavailable(
            f"{source} is not on this machine, and the Hugging Face hub cannot be reached. "
            "Try again when there is a network, or name a local folder."
        ) from error
    except HFValidationError as error:
        raise ModelUnavailable(f"{source!r} is neither a folder nor the id of a model.") from error
    except (HfHubHTTPError, HTTPError, OSError) as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise ModelUnavailable(
            f"{source} could not be downloaded: {reason.rstrip('.')}. Load it again: complete "
            "files are kept."
        ) from error


def _progress_bar(report: Report) -> type[tqdm]:
    class Progress(tqdm):
        """Replaces tqdm's bar: passes the downloaded bytes to ``report`` and draws nothing."""

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            kwargs.pop("name", None)
            super().__init__(*args, **(kwargs | {"disable": False}))

        def update(self, n: int | float | None = 1) -> bool | None:
            shown: bool | None = super().update(n)
            # At every step, not only when a bar would be drawn, because a report may cancel.
            if self.unit == "B" and self.total and self.n:
                told = f"downloading, {self.n / 1e6:,.1f} of {self.total / 1e6:,.1f} MB"
                report(told, min(1.0, self.n / self.total))
            return shown

        def display(self, msg: str | None = None, pos: int | None = None) -> None:
            pass

    return Progress
