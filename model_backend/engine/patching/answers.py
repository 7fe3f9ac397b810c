"""The tokens that count as answers, and what both texts predict."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from model_backend.api.cell_detail import Prediction
from model_backend.api.errors import BadRequest
from model_backend.api.patching import PatchAnswer, PatchRequest, PatchWay
from model_backend.engine.patching.texts import Run
from model_backend.engine.tokens import lone_texts
from model_backend.models.loaded import LoadedModel

MOST_LIKELY = 10
"""Predictions that are listed."""

Logits = Float[Tensor, " vocabulary"]


@dataclass(frozen=True)
class Answers:
    """A's answer and B's, as token ids, with what is to be said of the choice."""

    ids: tuple[int, int]
    notes: tuple[str, ...] = ()


def choose_answers(loaded: LoadedModel, request: PatchRequest, a: Run, b: Run) -> Answers:
    """The answers of a request, typed or the likeliest.

    Where there is no text B, or B has the same likeliest token, B's is the likeliest other one.
    """
    notes: list[str] = []
    first = _typed(loaded, request.answer_a, a.logits, notes)
    first = int(a.logits.argmax()) if first is None else first
    second = _typed(loaded, request.answer_b, b.logits, notes)
    if second is None:
        rival = a if PatchWay(request.way).is_knock_out else b
        second = next(id_ for id_ in rival.logits.topk(2).indices.tolist() if id_ != first)
    return Answers((first, second), tuple(notes))


def read_answers(loaded: LoadedModel, answers: Answers, a: Run, b: Run) -> tuple[PatchAnswer, ...]:
    """Both answers in both texts."""
    ids = list(answers.ids)
    columns = [
        values[ids].tolist()
        for values in (a.logits, b.logits, a.logits.softmax(-1), b.logits.softmax(-1))
    ]
    named = zip(ids, name_tokens(loaded, ids), *columns, strict=True)
    return tuple(PatchAnswer(*one) for one in named)


def likeliest(
    loaded: LoadedModel, logits: Logits, count: int = MOST_LIKELY
) -> tuple[Prediction, ...]:
    """The likeliest next tokens."""
    found = logits.softmax(-1).topk(min(count, len(logits)))
    return predictions(loaded, logits, found.indices.tolist())


def predictions(loaded: LoadedModel, logits: Logits, ids: Sequence[int]) -> tuple[Prediction, ...]:
    """Some tokens with their probabilities."""
    shares = logits.softmax(-1)[list(ids)].tolist()
    named = zip(ids, name_tokens(loaded, ids), shares, strict=True)
    return tuple(Prediction(*one) for one in named)


def name_tokens(loaded: LoadedModel, ids: Sequence[int]) -> tuple[str, ...]:
    """The text of each token on its own."""
    with loaded.tokenizing:
        return lone_texts(loaded.tokenizer, list(ids))


def _typed(loaded: LoadedModel, text: str, logits: Logits, notes: list[str]) -> int | None:
    """The first token of what was typed; with a space before it if that is the likelier token."""
    if not text:
        return None
    spelled = list(_spelled(loaded, text))
    if not spelled:
        raise BadRequest(f"{loaded.card.name} makes no token of the answer “{text}”.")
    loaded.check_ids([ids[0] for ids in spelled])
    best = max(spelled, key=lambda ids: float(logits[ids[0]]))
    if len(best) > 1:
        name = name_tokens(loaded, best[:1])[0]
        notes.append(
            f"“{text.strip()}” is {len(best)} tokens for {loaded.card.name}; it counts by the "
            f"first, “{name.strip() or name}”."
        )
    return best[0]


def _spelled(loaded: LoadedModel, text: str) -> Iterator[list[int]]:
    texts = (text,) if text[0].isspace() else (text, f" {text}")
    for one in texts:
        with loaded.tokenizing:
            ids = loaded.tokenizer(one, add_special_tokens=False, verbose=False)["input_ids"]
        if ids:
            yield list(ids)


def check_answers(answers: Answers, names: Sequence[str]) -> str:
    """Reason why two answers cannot be told apart; empty if they can."""
    if answers.ids[0] != answers.ids[1]:
        return ""
    return (
        f"Both answers begin with the same token, “{names[0].strip()}”, so nothing tells them "
        "apart. Choose another answer for A or for B."
    )
