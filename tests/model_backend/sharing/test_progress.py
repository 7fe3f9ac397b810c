"""A computation says how far it is and how long it will take, and ends once nobody waits."""

from dataclasses import replace

import pytest

from model_backend import CalledOff, InspectRequest, LocalBackend
from model_backend.api.clients import InProgress
from model_backend.engine.handlers import share_of_pass
from model_backend.sharing.progress import Computation, begin_part, computing, stepper

TEXT = "The capital of Italy is Rome. The capital of Peru is Lima. " * 4


class Watched(Computation):
    """Keeps every report; gives up once this share is done."""

    def __init__(self, gives_up_at: float = 2.0) -> None:
        self.now = 0.0
        self.reports: list[InProgress] = []
        super().__init__(lambda: self._share < gives_up_at, lambda: self.now)

    def step(self, share: float) -> None:
        self.now += 0.1
        super().step(share)
        self.reports.append(self.progress())


def inspect(watched: Watched, text: str = TEXT) -> LocalBackend:
    backend = LocalBackend(device="cpu")
    with computing(watched):
        backend.inspect(InspectRequest("builtin", text))
    return backend


def test_an_inspection_reports_every_block_and_every_part_of_the_lens() -> None:
    watched = Watched()
    backend = inspect(watched)
    shares = [report.share for report in watched.reports]
    assert shares == sorted(shares)
    assert shares[0] == 0 and shares[-1] == pytest.approx(1)
    n_layers = backend.models()[0].n_layers or 0
    passes = {report.share for report in watched.reports if report.what.startswith("Running")}
    assert len(passes) == n_layers + 1
    assert watched.reports[0].what == "Running builtin over 58 tokens"
    assert watched.reports[-1].what == "Reading the layers with the logit lens"


def test_an_inspection_stops_where_its_page_gives_up_and_the_next_one_is_whole() -> None:
    for share in (0.02, 0.7):  # in the forward pass, and in the lens
        watched = Watched(share)
        with pytest.raises(CalledOff, match="Cancelled"):
            inspect(watched)
        assert watched.reports[-1].share < share + 0.2
    inspect(Watched())


def test_the_time_left_follows_from_the_share_and_is_not_made_up() -> None:
    watched = Watched()
    watched.enter("Working", 0.5, 1.0)
    watched.step(0.0)
    now = watched.progress()
    assert (now.what, now.share, now.seconds_left) == ("Working", 0.5, None)
    watched.now = 6.0
    watched.step(0.5)
    left = watched.progress().seconds_left
    assert left == pytest.approx(6.1 / 3)


def test_where_nobody_asks_nothing_is_reported() -> None:
    begin_part("Working", 0.0, 1.0)
    stepper()(0.5)


def test_a_large_vocabulary_leaves_most_of_the_time_to_the_lens() -> None:
    [card] = [card for card in LocalBackend(device="cpu").models() if card.name == "builtin"]
    small = replace(card, n_layers=30, hidden_size=576, vocabulary_size=49_152)
    assert share_of_pass(small, 100, attention=False) < 0.2
    assert share_of_pass(small, 1_000, attention=True) > share_of_pass(
        small, 1_000, attention=False
    )
