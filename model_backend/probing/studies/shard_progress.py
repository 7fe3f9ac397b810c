"""Progress within a shard, whose questions are all answered in the same forward passes."""

from model_backend.api.door import Stage
from model_backend.probing.studies.jobs import JobHandle

ALMOST = 0.97
"""Share of a shard that is reported at most before it is written."""


class ShardProgress:
    """Reports the questions that are answered; within a shard, as many as its passes stand for.

    The first shard is taken to need ``guess`` passes, a later one as many as the one before.
    """

    def __init__(
        self, handle: JobHandle, n_questions: int, *, guess: int, later: float = 0.0
    ) -> None:
        self._handle, self._n, self._later = handle, n_questions, later
        self._expected, self._passes = max(1, guess), 0
        self._first, self._size = 0, 0

    def begin(self, first: int, size: int) -> None:
        """Start to count the passes for ``size`` questions from number ``first`` on."""
        self._first, self._size, self._passes = first, size, 0
        self._report(first)

    def after_pass(self) -> None:
        """Count one pass.

        Raises:
            Cancelled: the study was told to stop.
        """
        self._passes += 1
        share = min(ALMOST, self._passes / self._expected)
        self._report(self._first + int(share * self._size))

    def end(self) -> None:
        """Take the passes of this shard as the guess for the next."""
        self._expected = max(1, self._passes)
        self._report(self._first + self._size)

    def _report(self, done: int) -> None:
        self._handle.progress(Stage.ASKING, done, self._n, unit="questions", later=self._later)
