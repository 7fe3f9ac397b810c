"""Studies, answers and files go on while Redis restarts, connections break and workers die."""

import time
from collections.abc import Iterator

import pytest

from model_backend import (
    BackendError,
    BadRequest,
    Broker,
    JobState,
    LocalBackend,
    QuestionRequest,
    RemoteBackend,
    Upload,
)
from model_backend.remote.frames import from_frames, to_frames
from tests.model_backend.probing.answering import (
    half_right,
    open_namer,
    quick_request,
    save_namer,
)
from tests.model_backend.remote.conftest import Join
from tests.model_backend.remote.working import working
from tests.redis_server import RedisServer, redis_server
from tests.waiting import until

AGAIN = 30.0
"""Seconds within which work goes on without a person."""
QUESTION = QuestionRequest("namer", "who is w1 w2", max_new_tokens=60)

SHORT = {"size": 50, "n_folds": 2, "n_permutations": 0, "max_new_tokens": 1, "random_model": False}


@pytest.fixture(scope="module")
def own_redis() -> Iterator[RedisServer]:
    """A Redis that these tests may stop and start."""
    with redis_server(password="s3cret") as own:
        yield own


@pytest.fixture(scope="module")
def namer(tmp_path_factory: pytest.TempPathFactory) -> LocalBackend:
    folder = tmp_path_factory.mktemp("namer")
    return open_namer(save_namer(folder / "model"), folder / "studies")


@pytest.fixture(scope="module")
def whole(namer: LocalBackend) -> tuple[int, ...]:
    """The answer when nothing happens."""
    return tuple(namer.generate(QUESTION).token_ids.tolist())


@pytest.fixture(scope="module")
def questions(namer: LocalBackend) -> bytes:
    return half_right(namer, 50, max_new_tokens=1)


@pytest.fixture()
def slow(namer: LocalBackend) -> Iterator[LocalBackend]:
    """The same, slow enough for a fault in the middle of an answer."""
    model = namer._pool.take("namer").model
    hook = model.register_forward_pre_hook(lambda *_: time.sleep(0.03))
    yield namer
    hook.remove()


def break_off(redis: RedisServer, how: str) -> None:
    if how == "restart":
        redis.stop()
        time.sleep(2.0)
        redis.start()
    else:
        for _ in range(5):
            redis.client.execute_command("CLIENT KILL TYPE normal SKIPME yes")
            time.sleep(0.2)


@pytest.mark.parametrize("how", ["restart", "clients cut off"])
def test_an_answer_and_a_study_go_on_when_redis_comes_back(
    whole: tuple[int, ...],
    questions: bytes,
    slow: LocalBackend,
    own_redis: RedisServer,
    how: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    own_redis.client.flushall()
    with working(slow, own_redis.url) as remote:
        dataset = remote.upload(Upload(f"{how}.jsonl", questions)).dataset
        study = remote.start_study(quick_request(dataset, **SHORT, seed=len(how)))
        answer = remote.start_answer(QUESTION)
        until(lambda: 0 < len(remote.answer_progress(answer).token_ids) < 30)
        break_off(own_redis, how)
        came_back = time.monotonic()
        assert remote.watch(answer).job == answer
        assert remote.watch(study).state is not JobState.FAILED
        assert time.monotonic() - came_back < AGAIN
        until(lambda: remote.watch(answer).is_over and remote.watch(study).is_over, seconds=120)
        assert remote.answer_progress(answer).token_ids == whole
        assert study in [status.job for status in RemoteBackend(Broker(own_redis.url)).jobs()]
    assert "s3cret" not in caplog.text


@pytest.mark.slow
def test_an_answer_of_a_worker_that_dies_is_made_again_by_another(
    whole: tuple[int, ...], slow: LocalBackend, join: Join, redis: RedisServer
) -> None:
    with working(slow, redis.url) as remote:
        answer = remote.start_answer(QUESTION)
        until(lambda: len(remote.answer_progress(answer).token_ids) > 0)
    join(slow)
    until(lambda: remote.watch(answer).is_over)
    progress = remote.answer_progress(answer)
    assert progress.is_whole and progress.token_ids == whole
    remote.stop_answer(answer)
    with pytest.raises(BadRequest, match=r"has stopped\. Ask again"):
        RemoteBackend(Broker(redis.url)).watch(answer)


PIECES = [b"one", b"", b"two" * 1000]


def test_a_file_whose_pieces_come_twice_is_whole_and_one_that_lacks_a_piece_is_refused() -> None:
    frames = list(to_frames(PIECES))
    assert list(from_frames(frames)) == PIECES
    assert list(from_frames(frame for frame in frames for _ in range(2))) == PIECES
    assert list(from_frames(to_frames([]))) == []
    for lost in range(len(frames)):
        with pytest.raises(BackendError, match="did not arrive whole"):
            list(from_frames(frames[:lost] + frames[lost + 1 :]))
