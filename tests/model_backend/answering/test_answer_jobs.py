"""Answers in the making: watched, stopped, left alone, and never shown with half a character."""

import threading
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import replace

import pytest

from model_backend import AnswerProgress, BackendError, BadRequest, GenerateRequest, QuestionRequest
from model_backend.answering.answer_jobs import MOST_RUNNING, AnswerJobs, PendingAnswer, count_whole
from model_backend.api.questions import Step

EURO = "€".encode()


class Talker:
    """Says one token for every ``go``, and knows when it was let go of."""

    def __init__(self, n_tokens: int) -> None:
        self._n_tokens = n_tokens
        self._go = threading.Semaphore(0)
        self.is_let_go = threading.Event()

    def say(self, count: int = 1) -> None:
        self._go.release(count)

    def begin(self) -> PendingAnswer:
        return PendingAnswer(self._tokens(), self._n_tokens, pieces, texts)

    def _tokens(self) -> Generator[Step, None, None]:
        try:
            for token_id in range(self._n_tokens):
                assert self._go.acquire(timeout=10)
                yield Step(token_id, 0.5)
        finally:
            self.is_let_go.set()


def pieces(ids: Sequence[int]) -> tuple[bytes, ...]:
    """Every three tokens make one character."""
    return tuple(EURO[token_id % 3 : token_id % 3 + 1] for token_id in ids)


def texts(ids: Sequence[int]) -> tuple[str, ...]:
    return tuple("€" if token_id % 3 == 0 else "⋯" for token_id in ids)


ASKED = GenerateRequest(QuestionRequest("tiny", "Why?"))


def look(replies: AnswerJobs, name: str) -> AnswerProgress:
    return AnswerProgress.of(replies.watch(name))


def wait(replies: AnswerJobs, name: str, until: Callable[[AnswerProgress], bool]) -> AnswerProgress:
    deadline = time.monotonic() + 30
    while not until(progress := look(replies, name)):
        assert time.monotonic() < deadline
        time.sleep(0.005)
    return progress


def has(n_tokens: int) -> Callable[[AnswerProgress], bool]:
    return lambda progress: len(progress.token_ids) >= n_tokens


def is_over(progress: AnswerProgress) -> bool:
    return not progress.is_running


def test_an_answer_grows_and_ends() -> None:
    talker, replies = Talker(6), AnswerJobs()
    name = replies.start(ASKED, talker.begin)
    talker.say(2)
    half = wait(replies, name, has(2))
    assert half.is_running and half.most_tokens == 6 and half.seconds_left is not None
    talker.say(4)
    whole = wait(replies, name, is_over)
    assert whole.token_ids == tuple(range(6)) and whole.is_whole
    assert whole.token_texts == ("€", "⋯", "⋯") * 2 and whole.probabilities == (0.5,) * 6


def test_an_answer_that_ends_while_it_is_looked_at_is_whole_only_at_the_next_look() -> None:
    talker, replies = Talker(6), AnswerJobs()

    def ending(ids: Sequence[int]) -> tuple[bytes, ...]:
        if len(ids) == 1:
            talker.say(5)
            assert talker.is_let_go.wait(30)
            time.sleep(0.05)  # for the few steps from its last token to its end
        return pieces(ids)

    name = replies.start(ASKED, lambda: replace(talker.begin(), pieces=ending))
    talker.say(1)
    looked = wait(replies, name, has(1))
    assert not looked.is_whole or len(looked.token_ids) == 6
    assert wait(replies, name, is_over).is_whole


def test_a_character_is_shown_when_its_last_token_is_there() -> None:
    talker, replies = Talker(6), AnswerJobs()
    name = replies.start(ASKED, talker.begin)
    talker.say(5)
    assert wait(replies, name, has(5)).token_texts == ("€", "⋯", "⋯")
    replies.stop(name)
    talker.say()
    assert len(wait(replies, name, is_over).token_texts) >= 5


@pytest.mark.parametrize(
    ("given", "n_whole"),
    [
        ([], 0),
        ([b"a"], 1),
        ([b"a", b"\xe2"], 1),
        ([b"\xe2\x82", b"\xac", b"\xf0"], 2),
        ([b"", b"\xff", b"b"], 3),
        ([b"\xe2", b"b"], 2),
    ],
)
def test_whole_are_the_tokens_that_leave_no_character_begun(
    given: list[bytes], n_whole: int
) -> None:
    assert count_whole(given) == n_whole


def test_stop_ends_an_answer_where_it_is_and_again_changes_nothing() -> None:
    talker, replies = Talker(6), AnswerJobs()
    name = replies.start(ASKED, talker.begin)
    talker.say(2)
    wait(replies, name, has(2))
    replies.stop(name)
    replies.stop(name)
    talker.say()
    stopped = wait(replies, name, is_over)
    assert len(stopped.token_ids) <= 3 and not stopped.is_whole and not stopped.error
    replies.stop(name)
    replies.stop("nobody")
    assert look(replies, name) == stopped


def test_an_answer_that_nobody_looks_at_ends_by_itself() -> None:
    now = [0.0]
    talker, replies = Talker(6), AnswerJobs(lease=10.0, clock=lambda: now[0])
    name = replies.start(ASKED, talker.begin)
    talker.say()
    wait(replies, name, has(1))
    now[0] = 9.0
    look(replies, name)
    now[0] = 20.0
    talker.say(5)
    assert talker.is_let_go.wait(timeout=30)
    left = wait(replies, name, is_over)
    assert len(left.token_ids) <= 2 and not left.is_whole


def test_two_answers_grow_side_by_side_and_one_stops_alone() -> None:
    talkers, replies = (Talker(6), Talker(6)), AnswerJobs()
    one, other = (replies.start(ASKED, talker.begin) for talker in talkers)
    for talker in talkers:
        talker.say(2)
    wait(replies, one, has(2))
    wait(replies, other, has(2))
    replies.stop(one)
    talkers[1].say(4)
    assert wait(replies, other, is_over).is_whole


def test_what_goes_wrong_is_told_to_who_watches() -> None:
    def fail() -> PendingAnswer:
        raise BadRequest("The question is too long.")

    def crash() -> PendingAnswer:
        raise ZeroDivisionError("secret")

    replies = AnswerJobs()
    assert wait(replies, replies.start(ASKED, fail), is_over).error == "The question is too long."
    assert "secret" not in wait(replies, replies.start(ASKED, crash), is_over).error


def test_there_is_a_limit_to_how_many_are_made_at_once() -> None:
    talkers, replies = [Talker(1) for _ in range(MOST_RUNNING)], AnswerJobs()
    names = [replies.start(ASKED, talker.begin) for talker in talkers]
    with pytest.raises(BackendError, match=f"{MOST_RUNNING} answers"):
        replies.start(ASKED, Talker(1).begin)
    talkers[0].say()
    wait(replies, names[0], is_over)
    replies.start(ASKED, Talker(1).begin)


def test_an_answer_that_is_not_kept_is_refused() -> None:
    with pytest.raises(BadRequest, match="no longer kept"):
        AnswerJobs().watch("nobody")
