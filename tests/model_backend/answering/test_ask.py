"""Ask from end to end: a question, its answer, and an inspection of it, by the page's backend."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from transformers import AutoModelForCausalLM

from model_backend import (
    AnswerProgress,
    Backend,
    BadRequest,
    CachedBackend,
    CellRequest,
    Finish,
    InspectRequest,
    LocalBackend,
    Measure,
    QuestionRequest,
    TextTooLong,
    TokenPart,
    TokenRange,
    UnknownModel,
    Verdict,
    catalogue,
    make_store,
)
from tests.model_backend.saved import byte_tokenizer, save_model
from tests.waiting import until

CONTEXT = 48
TEMPLATE = "[u]{{ messages[0]['content'] }}[a]"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = save_model(tmp_path_factory.mktemp("models") / "tiny", max_position_embeddings=CONTEXT)
    tokenizer = byte_tokenizer()
    tokenizer.chat_template = TEMPLATE
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def local(folder: Path) -> LocalBackend:
    return LocalBackend(catalogue([str(folder)]), device="cpu")


@pytest.fixture()
def backend(local: LocalBackend) -> CachedBackend:
    return CachedBackend(local, make_store())


def ask(question: str = "Where?", **options: Any) -> QuestionRequest:
    return QuestionRequest("tiny", question, **{"max_new_tokens": 6, **options})


def follow(backend: Backend, name: str) -> AnswerProgress:
    until(lambda: not backend.answer_progress(name).is_running, 60)
    return backend.answer_progress(name)


@pytest.fixture()
def passes(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Counts inspections of whole texts and generations of answers."""
    from model_backend.answering import starting as asking
    from model_backend.engine import handlers as inspecting

    counted: Counter[str] = Counter()
    trace, steps = inspecting.trace_tokens, asking.generate_steps

    def traced(*what: Any, **how: Any) -> Any:
        counted["traces"] += 1
        return trace(*what, **how)

    def stepped(*what: Any) -> Any:
        counted["generations"] += 1
        return steps(*what)

    monkeypatch.setattr(inspecting, "trace_tokens", traced)
    monkeypatch.setattr(asking, "generate_steps", stepped)
    return counted


def test_tokens_of_template_question_and_answer_are_labelled(backend: CachedBackend) -> None:
    answer = backend.answer(ask())
    texts = {
        part: "".join(t for t, p in zip(answer.token_texts, answer.parts, strict=True) if p is part)
        for part in TokenPart
    }
    assert texts[TokenPart.TEMPLATE] == "[u][a]" and texts[TokenPart.QUESTION] == "Where?"
    assert answer.prompt == "[u]Where?[a]" and answer.has_template
    assert len(answer.token_ids) == answer.n_prompt + 6 and answer.finish is Finish.LENGTH


def test_the_map_shows_the_streamed_tokens_after_one_generation_and_one_pass(
    backend: CachedBackend, passes: Counter[str]
) -> None:
    streamed = follow(backend, backend.start_answer(ask()))
    answer = backend.answer(ask(answer_ids=streamed.token_ids))
    inspection = backend.inspect(InspectRequest("tiny", token_ids=answer.token_ids))
    assert tuple(inspection.token_ids[answer.n_prompt :]) == streamed.token_ids
    assert inspection.grids[Measure.LENS_ENTROPY].token_labels == answer.token_texts
    probs = inspection.grids[Measure.NEXT_TOKEN_PROBABILITY].values[-1, answer.n_prompt - 1 : -1]
    np.testing.assert_allclose(probs, streamed.probabilities, rtol=1e-3)
    assert passes == {"generations": 1, "traces": 1}


def test_a_corrected_mark_neither_generates_nor_inspects_again(
    backend: CachedBackend, passes: Counter[str]
) -> None:
    answer = backend.answer(ask("How?"))
    backend.inspect(InspectRequest("tiny", token_ids=answer.token_ids))
    marked = backend.answer(ask("How?", mark=(1, 2), right_answers=("x",)))
    backend.inspect(InspectRequest("tiny", token_ids=marked.token_ids))
    assert marked.exact == TokenRange(1, 2) and marked.by_hand
    places = {one.name: one.index for one in marked.positions}
    assert places["exact_answer_first"] == marked.n_prompt + 1
    assert backend.answer(ask("How?", mark=())).exact is None
    assert passes == {"generations": 1, "traces": 1}


def test_a_cell_of_an_answer_opens(backend: CachedBackend) -> None:
    answer = backend.answer(ask())
    at = len(answer.token_ids) - 1
    cell = backend.cell(CellRequest("tiny", "", 1, at, token_ids=answer.token_ids))
    assert cell.token_id == answer.token_ids[-1] and cell.next_token is None


def test_a_complete_answer_is_cached_and_a_stopped_one_is_not(
    backend: CachedBackend, passes: Counter[str]
) -> None:
    first = follow(backend, backend.start_answer(ask("Why?")))
    again = follow(backend, backend.start_answer(ask("Why?", right_answers=("no",))))
    assert again.token_ids == first.token_ids and again.token_texts == first.token_texts
    assert passes["generations"] == 1
    name = backend.start_answer(ask("When?", max_new_tokens=16))
    backend.stop_answer(name)
    assert not follow(backend, name).is_whole
    assert len(backend.generate(ask("When?", max_new_tokens=16)).token_ids) == 16


def test_a_stopped_answer_is_described_up_to_its_last_token(backend: CachedBackend) -> None:
    answer = backend.answer(ask(answer_ids=(50, 51)))
    assert answer.finish is Finish.STOPPED and len(answer.text) == 2
    empty = backend.answer(ask(answer_ids=(), right_answers=("Rome",)))
    assert empty.text == "" and empty.exact is None and empty.judgement is not None
    assert empty.judgement.verdict is Verdict.NO_ANSWER
    assert {one.name for one in empty.positions if one.index is not None} == {"last_q"}


def test_a_question_that_fills_the_context_is_refused_with_both_numbers(
    backend: CachedBackend, local: LocalBackend
) -> None:
    with pytest.raises(TextTooLong, match=rf"prompt of {CONTEXT} tokens; tiny takes {CONTEXT}"):
        backend.answer(ask("a" * (CONTEXT - 6)))
    failed = follow(local, local.start_answer(ask("a" * CONTEXT)))
    assert "no room is left" in failed.error and not failed.token_ids


def test_an_answer_that_fills_the_context_ends_there_and_reports_it(backend: CachedBackend) -> None:
    answer = backend.answer(ask("a" * (CONTEXT - 9), max_new_tokens=6))
    assert len(answer.token_ids) == CONTEXT and answer.finish is Finish.CONTEXT


def test_two_concurrent_questions_and_an_inspection_are_all_served(
    backend: CachedBackend,
) -> None:
    requests = [ask(question, max_new_tokens=16) for question in ("One?", "Two?")]
    alone = [backend._backend.generate(request).token_ids.tolist() for request in requests]
    names = [backend.start_answer(request) for request in requests]
    backend.inspect(InspectRequest("tiny", "a text meanwhile"))
    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(lambda name: follow(backend, name), names))
    assert [list(progress.token_ids) for progress in both] == alone


def test_an_answer_of_another_model_meanwhile_does_not_disturb_an_answer(
    backend: CachedBackend,
) -> None:
    name = backend.start_answer(ask("Who?", max_new_tokens=16))
    backend.answer(QuestionRequest("builtin", "Where is Rome?"))
    assert len(follow(backend, name).token_ids) == 16


def test_an_unknown_model_is_refused_at_once(backend: CachedBackend) -> None:
    with pytest.raises(UnknownModel):
        backend.start_answer(QuestionRequest("nobody", "Where?"))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"mark": (4, 6)}, "ends at token 6 of the answer, which has 6"),
        ({"answer_ids": (5, 99_999)}, "no token 99999 in tiny, whose largest id is 299"),
    ],
)
def test_marks_and_tokens_outside_the_answer_are_refused(
    backend: CachedBackend, options: dict[str, Any], said: str
) -> None:
    with pytest.raises(BadRequest, match=said):
        backend.answer(ask(**options))


@pytest.mark.parametrize(
    "question", ["</s>", "<b>html</b>", "שלום", "👩‍👩‍👧", "a\x00b", "{{ 7*7 }}", "e\u0301 \u212b"]
)
def test_every_character_of_a_question_reaches_the_prompt(
    backend: CachedBackend, question: str
) -> None:
    answer = backend.answer(ask(question, max_new_tokens=2))
    assert question in answer.prompt
    assert byte_tokenizer().decode(list(answer.token_ids[: answer.n_prompt])) == answer.prompt


def test_a_drawn_answer_depends_on_its_seed_alone(backend: CachedBackend) -> None:
    drawn = [
        backend.generate(ask(temperature=2.0, seed=seed)).token_ids.tolist() for seed in (1, 1, 2)
    ]
    other = CachedBackend(backend._backend, make_store())
    assert other.generate(ask(temperature=2.0, seed=1)).token_ids.tolist() == drawn[0] == drawn[1]
    assert drawn[0] != drawn[2]


def test_a_greedy_answer_equals_the_one_of_transformers(
    folder: Path, backend: CachedBackend
) -> None:
    answer = backend.answer(ask())
    model = AutoModelForCausalLM.from_pretrained(folder)
    import torch

    ids = torch.tensor([answer.token_ids[: answer.n_prompt]])
    own = model.generate(ids, max_new_tokens=6, do_sample=False, eos_token_id=1, pad_token_id=0)
    assert tuple(own[0].tolist()) == answer.token_ids
    assert replace(ask(), answer_ids=answer.token_ids[answer.n_prompt :]).generation == ask()
