"""Names in saved links and files are still valid; more may be added, none may change."""

import pytest

from model_backend import LocalBackend
from tests.saved_formats.conftest import SAVED
from tests.saved_formats.today.names import KNOWN
from tests.saved_formats.today.page import signs_in

POSITIONS = (
    "last_q", "first_answer", "second_answer", "exact_answer_before_first", "exact_answer_first",
    "exact_answer_last", "exact_answer_after_last", "-8", "-7", "-6", "-5", "-4", "-3", "-2", "-1",
)  # fmt: skip
MAP = ("measure", "site", "scale", "span", "sinks", "study", "probe", "cells", "show")
SIDE = ("kind", "text", "special_tokens", "question", "answer", "model", "measure", "site")
PARTS = {
    "explore": ("text", "model", "special_tokens", *MAP),
    "ask": ("question", "model", "right", "aliases", "length", "temperature", "seed", "axis",
            "mark", "answered", *MAP),
    "probe": ("map", "show", "beside"),
    "compare": (*(f"left_{part}" for part in SIDE), *(f"right_{part}" for part in SIDE),
                "align", "axis", "scale"),
}  # fmt: skip
STORED = {
    "measures": (
        "residual norm", "update size", "cosine to previous layer", "cosine to final layer",
        "attention output", "MLP output", "cosine of write to stream", "lens confidence",
        "lens entropy", "lens KL to final", "next-token probability", "next-token rank",
        "attention entropy", "attention received", "largest neuron", "active neurons",
        "probe score",
    ),
    "sites": ("resid_pre", "attn_out", "resid_mid", "mlp_out", "resid_post"),
    "scales": ("automatic", "Intensity 0.5–1.0", "raw", "log10"),  # noqa: RUF001 - as links have it
    "spans": ("automatic", "whole map", "per layer"),
    "alignments": ("position", "equal tokens", "shared ending", "name"),
    "axes": ("named positions", "all tokens"),
    "sides": ("text", "question"),
    "positions": POSITIONS,
    "job states": ("waiting", "running", "done", "cancelled", "failed"),
    "stages": (
        "waiting for its turn", "loading the model", "asking and listening", "fitting probes",
        "controls", "writing the report", "finished",
    ),
    "verdicts": ("right", "wrong", "cannot tell"),
    "rivals": ("baseline", "control"),
    "published maps": (
        "TriviaQA", "Winobias", "Math", "HotpotQA", "HotpotQA with context", "Movies",
        "Winogrande", "NLI (MNLI)", "IMDB",
    ),
    "views": ("explore", "ask", "probe", "compare"),
    "parts": tuple(f"{view} {part}" for view, parts in PARTS.items() for part in parts),
    "maps": (
        "explore explore", "ask ask", "probe probe", "probe probe-beside",
        "probe probe-difference", "compare left", "compare right", "compare difference",
    ),
}  # fmt: skip
"""Names in saved links and files; never change one."""


@pytest.mark.parametrize("kind", STORED)
def test_every_stored_name_is_still_valid(kind: str) -> None:
    assert [name for name in STORED[kind] if name not in KNOWN[kind]] == []


def test_columns_of_maps_keep_their_order() -> None:
    assert KNOWN["positions"] == POSITIONS


def test_a_saved_password_file_still_lets_its_people_sign_in(backend: LocalBackend) -> None:
    passwords = SAVED / "passwords.txt"
    assert signs_in(backend, passwords, "ada", "correct horse")
    assert not signs_in(backend, passwords, "ada", "correct house")
