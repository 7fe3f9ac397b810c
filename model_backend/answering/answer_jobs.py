"""Answers that are being generated, each on a thread of its own, watched by who asked.

Knows nothing of models: what makes the tokens and what writes them are arguments.
"""

import codecs
import logging
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, field

import numpy as np

from model_backend.api.door import QUERY_JOB, JobId, JobState, JobStatus, Stage
from model_backend.api.errors import BackendError, BadRequest
from model_backend.api.questions import Generated, GenerateRequest, Step

LEASE = 150.0
"""Seconds that an answer goes on while nobody looks; browsers look once a minute from a page that
is hidden."""
MOST_RUNNING = 16
MOST_KEPT = 256

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class PendingAnswer:
    """An answer about to be made."""

    tokens: Generator[Step, None, None]
    most_tokens: int
    pieces: Callable[[Sequence[int]], tuple[bytes, ...]]
    """Bytes that each token adds to the text."""
    texts: Callable[[Sequence[int]], tuple[str, ...]]
    """Label of each token."""


@dataclass(eq=False)
class _Reply:
    request: GenerateRequest
    stop: threading.Event = field(default_factory=threading.Event)
    made: list[Step] = field(default_factory=list)
    making: PendingAnswer | None = None
    started: float | None = None
    ended: float | None = None
    seen: float = 0.0
    is_whole: bool = False
    error: str = ""


class AnswerJobs:
    """Starts answers, says how far they have come, and stops them."""

    def __init__(
        self, *, lease: float = LEASE, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._replies: OrderedDict[JobId, _Reply] = OrderedDict()
        self._lock = threading.Lock()
        self._lease, self._clock = lease, clock

    def owns(self, job: JobId) -> bool:
        """True if the id is of a job that generates or generated an answer."""
        return job.startswith(QUERY_JOB)

    def start(self, request: GenerateRequest, begin: Callable[[], PendingAnswer]) -> JobId:
        """Make an answer; ``begin`` may take its time, as where a model must be loaded first.

        Raises:
            BackendError: as many answers as can be are being made.
        """
        job, reply = QUERY_JOB + secrets.token_urlsafe(16), _Reply(request, seen=self._clock())
        with self._lock:
            running = sum(one.ended is None for one in self._replies.values())
            if running >= MOST_RUNNING:
                raise BackendError(
                    f"{running} answers are being generated; that is the limit. Try again soon."
                )
            self._replies[job] = reply
            self._forget_some()
        threading.Thread(target=self._make, args=(reply, begin), daemon=True).start()
        return job

    def watch(self, job: JobId) -> JobStatus[GenerateRequest]:
        """Progress of an answer; each call keeps it running.

        Raises:
            BadRequest: there is no such answer, or it ended long ago.
        """
        reply = self._replies.get(job)
        if reply is None:
            raise BadRequest("That answer is no longer kept here. Ask again.")
        reply.seen = self._clock()
        ended = reply.ended  # read first: what is read after it is then the last
        made, making = list(reply.made), reply.making
        return JobStatus(
            job,
            reply.request,
            _state(reply) if ended is not None else JobState.RUNNING,
            Stage.ASKING if ended is None else Stage.FINISHED,
            done=len(made),
            total=0 if making is None else making.most_tokens,
            unit="tokens",
            seconds=(ended or reply.seen) - reply.started if reply.started is not None else 0.0,
            message=reply.error,
            so_far=_so_far(made, making, is_last=ended is not None),
        )

    def stop(self, job: JobId) -> None:
        """End an answer after the token it is at; ended or unknown ones are left alone."""
        reply = self._replies.get(job)
        if reply is not None:
            reply.stop.set()

    def _make(self, reply: _Reply, begin: Callable[[], PendingAnswer]) -> None:
        try:
            reply.making = making = begin()
            reply.started = self._clock()
            with closing(making.tokens) as tokens:  # what the model keeps for it goes at once
                reply.is_whole = self._follow(reply, tokens)
        except BackendError as error:
            reply.error = str(error)
        except Exception:  # the edge of a thread: who watches must hear of it
            logger.exception("An answer could not be generated.")
            reply.error = "Something went wrong while the answer was generated. Ask again."
        finally:
            reply.ended = self._clock()

    def _follow(self, reply: _Reply, tokens: Generator[Step, None, None]) -> bool:
        """Take tokens until there are no more; False if that was before their end."""
        while not reply.stop.is_set() and self._clock() - reply.seen < self._lease:
            token = next(tokens, None)
            if token is None:
                return True
            reply.made.append(token)
        return False

    def _forget_some(self) -> None:
        for job, reply in list(self._replies.items()):
            if len(self._replies) <= MOST_KEPT:
                return
            if reply.ended is not None:
                del self._replies[job]


def _state(reply: _Reply) -> JobState:
    """Final state of an answer that has ended."""
    if reply.error:
        return JobState.FAILED
    return JobState.DONE if reply.is_whole else JobState.CANCELLED


def _so_far(made: Sequence[Step], making: PendingAnswer | None, *, is_last: bool) -> Generated:
    """The tokens up to now, with the texts of those whose characters are whole."""
    ids = tuple(step.token_id for step in made)
    texts: tuple[str, ...] = ()
    if making is not None:
        n_whole = len(ids) if is_last else count_whole(making.pieces(ids))
        texts = making.texts(ids[:n_whole]) if n_whole else ()
    probabilities = np.array([step.probability for step in made], dtype=np.float32)
    return Generated(np.array(ids, dtype=np.int32), probabilities, texts)


def count_whole(pieces: Sequence[bytes]) -> int:
    """Number of pieces up to the last one that completes a character."""
    decoder, n_whole = codecs.getincrementaldecoder("utf-8")(errors="replace"), 0
    for n, piece in enumerate(pieces, start=1):
        decoder.decode(piece)
        if not decoder.getstate()[0]:
            n_whole = n
    return n_whole
