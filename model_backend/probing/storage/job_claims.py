"""Claims on unfinished studies: one process runs each, others may compute some of its parts.

STUDIES/unfinished/ID/lock         claimed by the process that runs the study
STUDIES/unfinished/ID/claims/PART  claimed by the process that computes the part
STUDIES/unfinished/ID/called-off   there if somebody wants the study to end
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from model_backend.api.door import JobId
from model_backend.probing.storage.claims import SILENCE, Claim, Claims

LOCK, PARTS, CALLED_OFF = "lock", "claims", "called-off"


class JobClaims:
    """The claims on all unfinished studies, as this process sees them."""

    def __init__(self, folder_of: Callable[[JobId], Path], silence: float = SILENCE) -> None:
        """Look for claims.

        Args:
            folder_of: gives the folder of an unfinished study.
            silence: seconds without a sign of life after which work is taken over.
        """
        self._folder_of, self._silence = folder_of, silence
        self._jobs: dict[JobId, Claims] = {}
        self._parts: dict[JobId, Claims] = {}

    @contextmanager
    def run(self, job: JobId) -> Iterator[Claim | None]:
        """Claim the running of a study; None if another process runs it, or it has ended."""
        folder = self._folder_of(job)
        if not folder.exists():
            yield None
            return
        with self._jobs.setdefault(job, Claims(folder, self._silence)).take(LOCK) as claim:
            yield claim

    def is_free(self, job: JobId) -> bool:
        """True if no process runs an unfinished study."""
        with self.run(job) as claim:
            return claim is not None

    def parts(self, job: JobId) -> Claims:
        """Claims on the parts of a study."""
        folder = self._folder_of(job) / PARTS
        with suppress(FileNotFoundError):
            folder.mkdir(exist_ok=True)
        return self._parts.setdefault(job, Claims(folder, self._silence))

    def call_off(self, job: JobId) -> None:
        """Ask the process that runs a study to end it for good."""
        with suppress(FileNotFoundError):  # it has ended
            (self._folder_of(job) / CALLED_OFF).touch()

    def is_called_off(self, job: JobId) -> bool:
        """True if somebody wants the end of a study."""
        return (self._folder_of(job) / CALLED_OFF).exists()

    def has_ended(self, job: JobId) -> bool:
        """True if a study is no longer unfinished."""
        return not self._folder_of(job).exists()
