"""The controls of Patch as a request, and what there is to choose from."""

import json
import re
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from dashboard.page.components import Example
from dashboard.page.requests import Request
from model_backend import (
    Backend,
    BadRequest,
    PatchForm,
    PatchMap,
    PatchMetric,
    PatchRequest,
    PatchSite,
    PatchWay,
)

SPACE = "·"
"""A space at the beginning of a token, as it is shown and may be typed."""
SITES = {
    PatchSite.RESID_POST: "the whole stream, as the layer leaves it",
    PatchSite.ATTN_OUT: "what attention adds to the stream",
    PatchSite.MLP_OUT: "what the MLP adds to the stream",
    PatchSite.HEADS: "what one attention head found, at all tokens",
}
WAYS = {
    PatchWay.DENOISING: "A's cell into B: what brings A's answer back?",
    PatchWay.NOISING: "B's cell into A: what can A's answer not do without?",
    PatchWay.GAUSSIAN: "A with noise on chosen tokens, and A's cell put right again",
    PatchWay.ZERO: "a cell of A set to zero: what does the answer lose?",
    PatchWay.MEAN: "a cell of A set to the mean over the text",
}
METRICS = {
    PatchMetric.LOGIT_DIFFERENCE: "the logit of A's answer less that of B's",
    PatchMetric.PROBABILITY: "the probability of A's answer",
    PatchMetric.KL: "how far the whole prediction is from A's, in bits",
}
FORMS = {
    PatchForm.TEXT: "both texts as they are; the model continues them",
    PatchForm.QUESTION: "both as questions in the model's chat template, as in Ask",
}
EXAMPLES = (
    Example(
        "Capitals: Italy, Peru",
        json.dumps(["The capital of Italy is", "The capital of Peru is"]),
        "The country's token carries everything in the first layers, the last token in the last "
        "ones. Look where one hands over to the other.",
    ),
    Example(
        "Capitals: Italy, Japan",
        json.dumps(["The capital of Italy is", "The capital of Japan is"]),
        "The same hand-over for another pair: a few layers in the middle of the model.",
    ),
    Example(
        "Currencies: Japan, India",
        json.dumps(["The currency of Japan is the", "The currency of India is the"]),
        "Two tokens lie between the country and the answer. The first of them carries nothing.",
    ),
    Example(
        "Questions: Lima, Rome",
        json.dumps(["Is Lima in Peru?", "Is Rome in Peru?", PatchForm.QUESTION.value]),
        "Both are asked through the chat template, as in Ask. The city hands over to tokens behind "
        "it, and they to the template's last one, where the answer begins.",
    ),
)
"""Texts A and B, and their form if they are questions; the first pair is on the first page."""


def read_controls(model: str, text_a: str | None, text_b: str | None, *chosen: Any) -> PatchRequest:
    """The request of what is chosen on the page.

    Raises:
        BadRequest: something of it cannot be read; the text says what.
    """
    answer_a, answer_b, site, way, metric, window, pairs, noised, form = chosen
    return PatchRequest(
        model,
        text_a or "",
        text_b or "",
        _answer(answer_a),
        _answer(answer_b),
        site,
        way,
        metric,
        window if isinstance(window, int) else 1,
        read_pairs(pairs or ""),
        _positions(noised or ""),
        form=form,
    )


def read_pairs(text: str) -> list[list[int]]:
    """Pairs as they are typed, such as ``0:0 1:2``.

    Raises:
        BadRequest: a part is no pair.
    """
    pairs = []
    for part in re.split(r"[\s,;]+", text.strip()) if text.strip() else []:
        ends = part.split(":")
        if len(ends) != 2 or not all(end.isdecimal() for end in ends):
            raise BadRequest(
                f"“{part}” is no pair. Write a position in A, a colon and a position in B, such as "
                "2:3, with spaces between pairs."
            )
        pairs.append([int(end) for end in ends])
    return pairs


def write_pairs(pairs: Sequence[tuple[int, int]]) -> str:
    """Pairs as they are typed."""
    return " ".join(f"{a}:{b}" for a, b in pairs)


def as_page_request(request: PatchRequest, job: str) -> Request:
    """The JSON values that name a map on the page: its request, and the job that makes it."""
    return {**asdict(request), "job": job}


def request_of(page_request: Request) -> PatchRequest:
    """The backend's request that a page's request is of."""
    return PatchRequest(**{name: page_request[name] for name in page_request if name in FIELDS})


FIELDS = frozenset(asdict(PatchRequest("", "a", "b")))


def find_patch(backend: Backend, page_request: Request) -> PatchMap | None:
    """The map of a page's request as far as it is made; the whole one if no job makes it."""
    request = request_of(page_request)
    if not page_request["job"]:
        return backend.patch(request)
    try:
        made = backend.watch(str(page_request["job"])).so_far
    except BadRequest:
        return backend.patch(request)
    return made if isinstance(made, PatchMap) else None


def _answer(text: str | None) -> str:
    return (text or "").replace(SPACE, " ")


def _positions(text: str) -> list[int]:
    parts = re.split(r"[\s,;]+", text.strip()) if text.strip() else []
    if not all(part.isdecimal() for part in parts):
        raise BadRequest("Write the positions of the noised tokens as numbers, such as 3 4.")
    return [int(part) for part in parts]
