"""Every baseline equals the one from a plain forward pass in float64."""

from typing import Any

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Metaspace, Sequence, Split
from transformers import PreTrainedTokenizerFast

from model_backend.api.datasets import DatasetQuestion
from model_backend.api.door import ModelCard
from model_backend.api.maps.sites import Site
from model_backend.api.questions import Verdict
from model_backend.models.loaded import LoadedModel
from model_backend.models.unembed import make_unembed
from model_backend.probing.studies.answers.asking import AskedQuestion
from model_backend.probing.studies.answers.baselines import (
    BASELINES,
    answer_baselines,
    ask_for_truth,
)
from model_backend.probing.studies.answers.features import capture_activations
from tests.model_backend.tiny_models import VOCABULARY, tiny_model

QUESTIONS = ("who is w1 w2 w3 w4 w5 w6 w7", "who is w8", "who is w9 w10 w11")
ANSWERS = ("Bara", "Kelo is Dira", " Milo")
EXACT = ((1, 3), None, (0, 0))
"""First and last token of each exact answer within the answer; None where not found."""

FAMILIES = ("bloom", "gemma2", "gpt2", "granite", "llama", "opt, norm after")
"""Positions by bias, by table and by rotation; capped, scaled and projected logits."""


def judged_text(asked: AskedQuestion, first: str, second: str) -> str:
    return (
        f"Question: Question: {asked.question.question}\nProposed answer: {asked.answer.strip()}\n"
        f"Is the proposed answer true?\n(A) {first}\n(B) {second}\nAnswer with A or B.\nAnswer:"
    )


def make_asked() -> list[AskedQuestion]:
    """Answers of five, two and four tokens after prompts of different lengths."""
    rng = np.random.default_rng(0)
    made = []
    for question, answer, exact, start, n in zip(
        QUESTIONS, ANSWERS, EXACT, (9, 4, 6), (5, 2, 4), strict=True
    ):
        ids = tuple(rng.integers(3, VOCABULARY, start + n).tolist())
        span = None if exact is None else (exact[0] + start, exact[1] + start)
        about = DatasetQuestion(question, "Bara")
        made.append(AskedQuestion(about, ids, start, answer, "", span, (start,), Verdict.RIGHT))
    return made


def word_tokenizer(asked: list[AskedQuestion]) -> Any:
    """A tokenizer with one token per word, and two for A and B, with and without a space."""
    splitter = Sequence([Split("\n", "isolated"), Metaspace(prepend_scheme="never")])
    texts = ["A", "B", *(judged_text(each, "True", "False") for each in asked)]
    words = [word for text in texts for word, _ in splitter.pre_tokenize_str(text)]
    known = dict.fromkeys(("<unk>", *words, "▁B"))
    numbers = {word: number for number, word in enumerate(known)}
    tokenizer = Tokenizer(WordLevel(numbers, unk_token="<unk>"))
    tokenizer.pre_tokenizer = splitter
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, unk_token="<unk>")


def open_tiny(
    variant: str, asked: list[AskedQuestion], max_tokens: int | None = None
) -> LoadedModel:
    card = ModelCard("tiny", max_tokens=max_tokens, vocabulary_size=VOCABULARY)
    model = tiny_model(variant)
    return LoadedModel(card, model, word_tokenizer(asked), make_unembed(model), "")


def plain_log_probs(model: Any, ids: tuple[int, ...]) -> np.ndarray:
    """Log-probabilities of every next token, from the model's own logits."""
    with torch.inference_mode():
        logits = model(input_ids=torch.tensor([ids])).logits[0].double()
    return logits.log_softmax(dim=-1).numpy()


def plain_baselines(model: Any, asked: AskedQuestion) -> list[float]:
    """All baselines except p(True) in order, computed token by token."""
    start, end = asked.n_prompt, len(asked.token_ids)
    first, last = asked.exact_range or (start, end - 1)
    log_probs = plain_log_probs(model, asked.token_ids)
    said = {at: log_probs[at - 1, asked.token_ids[at]] for at in range(start, end)}
    entropies = [-np.sum(np.exp(log_probs[at - 1]) * log_probs[at - 1]) for at in said]
    least = min(np.exp(said[at]) for at in range(first, last + 1))
    total = sum(said.values())
    return [total / len(said), total, least, -np.mean(entropies), -len(said)]


def plain_truth(loaded: LoadedModel, asked: AskedQuestion) -> float:
    """P(True), from one pass over each order of the choices."""
    numbers, of_order = loaded.tokenizer.get_vocab(), []
    for names in (("True", "False"), ("False", "True")):
        ids = loaded.tokenizer(judged_text(asked, *names))["input_ids"]
        assert numbers["<unk>"] not in ids
        probs = np.exp(plain_log_probs(loaded.model, tuple(ids))[-1])
        a, b = (probs[numbers[letter]] + probs[numbers[f"▁{letter}"]] for letter in "AB")
        of_order.append((a if names[0] == "True" else b) / (a + b))
    assert abs(of_order[0] - of_order[1]) > 1e-3
    return float(np.mean(of_order))


@pytest.mark.parametrize("variant", FAMILIES)
def test_every_baseline_equals_that_of_a_plain_pass_over_each_answer(variant: str) -> None:
    asked = make_asked()
    loaded = open_tiny(variant, asked)
    indices = np.array([each.indices for each in asked])
    ids = [each.token_ids for each in asked]
    captured = capture_activations(loaded.model, ids, indices, (Site.RESID_POST,))
    found = answer_baselines(loaded, asked, captured)
    expected = [plain_baselines(loaded.model, each) for each in asked]
    np.testing.assert_allclose(found[:, :-1], expected, rtol=2e-4)
    assert BASELINES[-1] == "p(True)" and np.isnan(found[:, -1]).all()


def test_an_answer_without_tokens_has_no_baselines_and_the_others_keep_theirs() -> None:
    one, other, _ = make_asked()
    empty = AskedQuestion(
        one.question, one.token_ids[:9], 9, "", "", None, (8,), Verdict.CANNOT_TELL
    )
    loaded = open_tiny("llama", [one])
    ids = [empty.token_ids, other.token_ids]
    captured = capture_activations(loaded.model, ids, np.array([[8], [4]]), (Site.RESID_POST,))
    found = answer_baselines(loaded, [empty, other], captured)
    assert np.isnan(found[0]).all()
    np.testing.assert_allclose(found[1, :-1], plain_baselines(loaded.model, other), rtol=2e-4)


@pytest.mark.parametrize("variant", FAMILIES)
def test_p_true_equals_that_of_plain_passes_alone_and_in_a_batch(
    variant: str,
) -> None:
    asked = make_asked()
    loaded = open_tiny(variant, asked)
    together = ask_for_truth(loaded, asked)
    alone = [ask_for_truth(loaded, [each])[0] for each in asked]
    expected = [plain_truth(loaded, each) for each in asked]
    np.testing.assert_allclose(together, expected, atol=2e-5)
    np.testing.assert_allclose(together, alone, atol=2e-5)


def test_a_question_that_does_not_fit_has_no_p_true_and_the_others_keep_theirs() -> None:
    asked = make_asked()
    longest = len(open_tiny("llama", asked).tokenizer(judged_text(asked[0], "A", "B"))["input_ids"])
    loaded = open_tiny("llama", asked, max_tokens=longest - 1)
    found = ask_for_truth(loaded, asked)
    assert np.isnan(found).tolist() == [True, False, False]
    assert found[1] == pytest.approx(plain_truth(loaded, asked[1]), abs=2e-5)
