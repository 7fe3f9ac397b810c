"""Progress of the parts of a study; within a shard, all questions take the same forward passes."""

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

    def step(self, done: int) -> None:
        """Count one pass, after which no question is wholly answered."""
        self.after_pass()

    def end(self) -> None:
        """Take the passes of this shard as the guess for the next."""
        self._expected = self._passes or self._expected
        self._report(self._first + self._size)

    def _report(self, done: int) -> None:
        self._handle.progress(Stage.ASKING, done, self._n, unit="questions", later=self._later)


class CountedProgress:
    """Reports parts that say themselves how many of their units are done."""

    def __init__(self, handle: JobHandle, stage: Stage, total: int, *, unit: str) -> None:
        self._handle, self._stage, self._total, self._unit = handle, stage, total, unit
        self._first, self._size = 0, 0

    def begin(self, first: int, size: int) -> None:
        """Start a part of ``size`` units, after ``first`` that are done."""
        self._first, self._size = first, size
        self.step(0)

    def step(self, done: int) -> None:
        """Report some units of the part.

        Raises:
            Cancelled: the study was told to stop.
        """
        self._handle.progress(self._stage, self._first + done, self._total, unit=self._unit)

    def end(self) -> None:
        """Report the whole part."""
        self.step(self._size)
