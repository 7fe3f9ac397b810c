"""Links of every view and every version go on working: what each was written of comes out of it."""

from typing import Any

import pytest

from dashboard.factory import VIEWS
from dashboard.links.url_state import VERSION, ParsedLink, read_link

MAP = {"x": [0.5, 3.5], "y": [-0.5, 2.5], "revision": "c9dab6c605b7d6b5", "open": [2, 1],
       "pins": [[0, 1]]}  # fmt: skip
LOOK = {"measure": "lens entropy", "site": "resid_post", "scale": "raw", "span": "per layer",
        "sinks": True, "show": "map", "profiles": "layers", "cells": "automatic"}  # fmt: skip
ANSWER = {"model": "builtin", "question": "Wo?", "max_new_tokens": 8, "temperature": 0, "seed": 0,
          "right_answers": [], "answer_ids": [5, 6], "mark": None}  # fmt: skip
EXPLORE = {"text": "Ein Fluß", "model": "builtin", "special_tokens": False, **LOOK}
ASK = {
    "question": "Wo?", "model": "builtin", "right": "da", "aliases": ["hier"], "length": 8,
    "temperature": 0, "seed": 3, "axis": "all tokens", "mark": {"of": "a", "mark": [0, 1]},
    "answered": {"answer": "a", "request": {"model": "builtin", "question": "Wo?"}, "ids": [5, 6]},
    **LOOK,
}  # fmt: skip
TEXTS = {
    "left_text": "Ein Fluß", "left_model": "builtin", "left_measure": "lens entropy",
    "right_text": "Ein See", "right_model": "builtin", "right_measure": "residual norm",
    "align": "equal tokens", "scale": "log10",
}  # fmt: skip
QUESTION_AND_TEXT = {
    "left_kind": "question", "left_question": "Wo?", "left_answer": ANSWER,
    "left_model": "builtin", "left_measure": "lens entropy", "left_site": "resid_mid",
    "right_kind": "text", "right_text": "Ein See", "right_special_tokens": False,
    "right_model": "builtin", "right_measure": "lens entropy", "align": "name",
    "axis": "all tokens", "scale": "raw",
}  # fmt: skip
NO_QUESTIONS = {
    f"{side}_{name}": value
    for side in ("left", "right")
    for name, value in (
        ("kind", "text"),
        ("special_tokens", True),
        ("answer", None),
        ("site", None),
    )
} | {"axis": "named positions"}
"""Meaning of Compare's links before questions, sites and that switch existed."""

PROFILES = {f"{name}_profiles": "layers" for name in ("left", "right", "difference")}
"""Profiles of maps in links that were written before there was a choice."""
AUC_PROFILES = {f"{prefix}profiles": "layers" for prefix in ("", "beside_", "difference_")}

PATCH = {
    "text_a": "Rom liegt in", "text_b": "Lima liegt in", "answer_a": "·Italien", "answer_b": "",
    "model": "builtin", "site": "mlp_out", "way": "noising", "metric": "probability", "window": 3,
    "pairs": "0:0 1:1", "noised": "", "show": "map", "profiles": "layers", "kept": None,
    "kept_profiles": "layers", "difference_profiles": "layers",
}  # fmt: skip
LATER = {"patch": 2}
"""The first version of the links of views that were not there from the beginning."""

WANTED: dict[tuple[int, str], dict[str, Any]] = {
    (1, "explore"): EXPLORE,
    (1, "ask"): ASK,
    (1, "probe"): {"map": {"map": "published/Math"}, "show": "table", "beside": None,
                     **AUC_PROFILES},
    (1, "compare"): {**TEXTS, **NO_QUESTIONS, **PROFILES},
    (2, "explore"): EXPLORE,
    (2, "ask"): ASK,
    (2, "probe"): {
        "map": {"map": "published/Math"}, "show": "map", "beside": "published/TriviaQA",
        **AUC_PROFILES,
    },
    (2, "compare"): {
        **QUESTION_AND_TEXT, "left_special_tokens": True, "right_answer": None, "right_site": None,
        **PROFILES,
    },
    (2, "patch"): PATCH,
}  # fmt: skip
LINKS = {
    (1, "explore"): (
        "#explore/1.eNodj1GOgzAMRK-C_J2t2FZQLf_bS6CqMuBqo7pJlJgWhDjLHmYvtk6-onkezzgbBIySoNtAaBHo4"
        "Nu66sLz3y8YePqJWNkwWxbrlKRAo0W-iX-Q07U7ciI1EqY5klpZcUVOog9r9lvJNFKy0y34JJmNyAXiuySiUxEoV"
        "owrxbLkHpotcdbo9OPfOn9igN3kpxxLS2CfCzdYoOvrQ2NOh-ZqYFX1keWxyEgvm6zPDePXhEM7tnUznKd2aLTIB"
        "9JJfzSfag02f6jva1XXfd__Aaf8WzI"
    ),
    (1, "ask"): (
        "#ask/1.eNplUEFOwzAQ_Eq0Z1OVVgmQC8_gEEVoUy-NFcc2tkNaVfk7u6biAKd4ZjOzM3uDgDEnaG_wuVDKxjto4"
        "c2_goLZa7KMhsXYbBwz0ZzHzIxGBmgNJmJpB6OhCL0CS-6cR2ifFWSaA0XMSyRo9woSkYb2yLKLYQ2rbZX9RC7JJ"
        "oyTRPAfMvklur167DeWuLRSFP3t_r7_FqmEFv5_2D992MdoSVurRkxnwlTCSepUkcvRhyvrksnCRkpGvwfP9syd0"
        "BYSV0EBxZX7VRavnEZEbmLzHBdiMPqV5zMG2cqfcl9MpeNFeu1qddzVfLEroweBhwIjfZn0k_n0onFoTs2-Hp50M"
        "9S8xAfiSXfgqygIxkmbcqN-27Zvy8GQfQ"
    ),
    (1, "probe"): (
        "#probe/1.eNo9jE0OwiAQhe8ya6xYA8bewROQLphCAkktE6D-pOHuTrtw9d6X97MB2VwLDBs8Lf0FaMU5luDd-WF"
        "rgCaghPTmoFqc_c7cO2aUE_rdfGAwslPi2qlRwJfptGN_YPavWGJa-GG6O4t60lLhzWlUICCR58T04sJVigsfGyO"
        "ZxtbaD3ULMd8"
    ),
    (1, "compare"): (
        "#compare/1.eNq1j0EKwjAQRa9SZh2lVlqxe72AyyKStmMdTJOYpKJIz-JhvJhTlYK4dhX-e-H_5AZWuuAhv4HCf"
        "dgFvATIYUU6WqvucQfx5q2pUbEoO1KB9IhR-s4hC4XaR6iDM_bK1lFz-GrbII74t-zDxzaHnupOqkgb17KXihrNH"
        "E8DDObIa4x9JdVr3DSzGHoBrbTjX4bzAnkRT1Mxn6ZbAVdOkyEmr-jwTJ7M0Fsta1lmVRan5aLOypS7jUU2RSJmf"
        "NUS7-VFEXPa9p_3_m-g7587_oDe"
    ),
    (2, "explore"): (
        "#explore/2.eNodj1GOgzAMRK-C_J2t2FZQLf_bS6CqMuBqo7pJlJgWhDjLHmYvtk6-onkezzgbBIySoNtAaBHo4"
        "Nu66sLz3y8YePqJWNkwWxbrlKRAo0W-iX-Q07U7ciI1EqY5klpZcUVOog9r9lvJNFKy0y34JJmNyAXiuySiUxEoV"
        "owrxbLkHpotcdbo9OPfOn9igN3kpxxLS2CfCzdYoOvrQ2NOh-ZqYFX1keWxyEgvm6zPDePXhEM7tnUznKd2aLTIB"
        "9JJfzSfag02f6jva1XXfd__Aaf8WzI"
    ),
    (2, "ask"): (
        "#ask/2.eNplUEFOwzAQ_Eq0Z1OVVgmQC8_gEEVoUy-NFcc2tkNaVfk7u6biAKd4ZjOzM3uDgDEnaG_wuVDKxjto4"
        "c2_goLZa7KMhsXYbBwz0ZzHzIxGBmgNJmJpB6OhCL0CS-6cR2ifFWSaA0XMSyRo9woSkYb2yLKLYQ2rbZX9RC7JJ"
        "oyTRPAfMvklur167DeWuLRSFP3t_r7_FqmEFv5_2D992MdoSVurRkxnwlTCSepUkcvRhyvrksnCRkpGvwfP9syd0"
        "BYSV0EBxZX7VRavnEZEbmLzHBdiMPqV5zMG2cqfcl9MpeNFeu1qddzVfLEroweBhwIjfZn0k_n0onFoTs2-Hp50M"
        "9S8xAfiSXfgqygIxkmbcqN-27Zvy8GQfQ"
    ),
    (2, "probe"): (
        "#probe/2.eNq1jkEKwjAQRe8y61hrJRW78wAuBHehi6SZ0gFtQlKrUnp3JwUFD9BV8vif_2YCr8MQoZrgrv3vAf8"
        "wN4od2u1ZDx3MAmLnnhykWIDBSBb_etdAI-nLKXW5tEz64AymzwsqlWdS7DNZC3gzbRIWCwYcKZLrea45Wm3Kpsy"
        "lOdjSSFY5j5yoQuy46qnnYaVypppFi2DzvWZtj6W2xYB9s6Jrnj9ZGnim"
    ),
    (2, "compare"): (
        "#compare/2.eNq1UctugzAQ_JVoz25EU0FbLj31C3roAUXI4CVdxRjXNg1RxL93zesS9dgTzKx3Zjy-gZUueMhvo"
        "LEJ5ZmMghy-e_SBOgNipjecw2f3trLS-Au6uNt2CjUPq550oLh2t9HKoTR4KUN3RsOGLwICthadDL1DyBMBHlFNP"
        "45OX6s8Hy2OAmZQkoo4FdkxKroz5KbXelwC3ceYaZR-8mBo_A5NcJ29rlNPIY4celJlSwpW_6WLgEPYuAnk8E5m9"
        "4G40d5iTVJvl2uk9rgO71Mt_F-xpKZTLM7INlrIgViSWb1b9LmqWuoptbzAGKuw2xvG78AlJftUPO1TLurK6CHCw"
        "wQd_pCfn6Z-VbLK6ixJq2eVVSkrdxZ5UhzEIx-1FG9TFAmj47gE_08DRU2DDk2N_-cyjr__BvNa"
    ),
    (2, "patch"): (
        "#patch/2.eNpNT81qwzAMfpWgs1eSlmTMbzDoaVdTipx4rcCxjaMuDSXPtfuebHJ66U3fn_TpAQkzT6AfwO7OZ"
        "wQNX3GsPLkLVxRAPXkr_JFGfBUwTLPLW-Tv95NRpBe6JASNcXBeRnsjz1tsInZCjD6d442FmHERHCJNFC4l4jh"
        "TL1TK0aIlT7wUG4UhzqAPSjpTls5Q67pqdCNiSbvheXK6FhuMmATIjm_yrrg9Lk5iqyrS9nJC7q9luIM29a5Vh"
        "117UiB1zFuB-w1m9yPVYpAV_ceAtuu7urXvQ2dbORCTfK3NXjViTRRksTG1oNO6rv91v25s"
    ),
}
"""As they were written; never change one."""


def read(version: int, view: str) -> ParsedLink:
    views = [one.LINKED for one in VIEWS]
    return read_link(LINKS[version, view], views, {"builtin"}.__contains__, lambda _: True)


def test_there_is_a_link_of_every_view_and_every_version() -> None:
    views = [one.LINKED.view for one in VIEWS]
    assert set(LINKS) == {
        (version, view) for view in views for version in range(LATER.get(view, 1), VERSION + 1)
    }


@pytest.mark.parametrize(("version", "view"), LINKS)
def test_all_that_it_was_written_of_comes_out(version: int, view: str) -> None:
    opened = read(version, view)
    assert (opened.said, opened.complete, opened.view) == ((), True, view)
    assert opened.parts == WANTED[version, view]


@pytest.mark.parametrize(("version", "view"), LINKS)
def test_its_maps_are_zoomed_opened_and_pinned_as_they_were(version: int, view: str) -> None:
    linked = next(one.LINKED for one in VIEWS if one.LINKED.view == view)
    later = version == 1 or view == "patch"  # links from before there was a second map
    more = {ids.prefix: {} if later else MAP for ids in linked.more_maps}
    assert read(version, view).maps == {**{ids.prefix: MAP for ids in linked.maps}, **more}
