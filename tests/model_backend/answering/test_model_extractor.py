"""The model's short answer is the likeliest run of words, in a batch as alone."""

import pytest
import torch

from model_backend.answering.candidates import candidate_spans
from model_backend.answering.exact_answers import CharacterSpan
from model_backend.answering.model_extractor import ModelExtractor, Said
from model_backend.answering.worked_examples import WorkedExample, ask_for_words
from model_backend.models.loaded import LoadedModel
from tests.model_backend.answering.word_model import word_model
from tests.model_backend.tiny_models import VARIANTS

EXAMPLES = (WorkedExample("w3 w4", "w1 w2", "w4"), WorkedExample("w6", "w5", "w6"))
SAID = [
    Said("w10 w11", " w12 w13, w14. w15"),
    Said("w20", " w21 w22"),
    Said("w30 w31 w32", " w33 w34 w33 w35 w36 w37 w38 w39"),
    Said("w40", " w41 w42"),
]


def likeliest(loaded: LoadedModel, said: Said) -> CharacterSpan:
    """The span whose words are likeliest, by a pass of its own over each whole prompt."""

    def score(span: CharacterSpan) -> float:
        prompt = "".join(map(str, EXAMPLES)) + ask_for_words(said.answer, said.question)
        words = f" {said.answer[span.start : span.end]}\n"
        start, ids = (loaded.tokenizer(text)["input_ids"] for text in (prompt, prompt + words))
        with torch.inference_mode():
            after = loaded.model(input_ids=torch.tensor([ids])).logits[0].log_softmax(-1)
        return sum(float(after[at - 1, ids[at]]) for at in range(len(start), len(ids)))

    return max(candidate_spans(said.answer), key=score)


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_batch_with_a_cache_finds_what_single_passes_find(variant: str) -> None:
    loaded = word_model(variant)
    found = ModelExtractor(loaded, EXAMPLES).find(SAID)
    assert found == [likeliest(loaded, said) for said in SAID]


def test_the_same_answers_are_found_again_and_in_any_company() -> None:
    extractor = ModelExtractor(word_model("llama"), EXAMPLES)
    found = extractor.find(SAID)
    assert extractor.find(SAID) == found
    assert [extractor.find([said])[0] for said in SAID] == found


def test_words_of_the_question_are_taken_where_they_stand_last() -> None:
    said = [Said(f"w10 w{n}", f" w{n} w10 w11 w{n}") for n in range(20, 60)]
    found = ModelExtractor(word_model("llama"), EXAMPLES).find(said)
    starts = {
        span.start
        for each, span in zip(said, found, strict=True)
        if span is not None and each.answer[span.start : span.end] == each.answer[1:4]
    }
    assert starts == {13}


def test_an_answer_without_words_has_no_short_answer() -> None:
    extractor = ModelExtractor(word_model("llama"), EXAMPLES)
    assert extractor.find([Said("w1", " ..., "), SAID[0], Said("w2", "")])[::2] == [None, None]


def test_an_answer_that_was_cut_within_a_character_is_read() -> None:
    extractor = ModelExtractor(word_model("llama"), EXAMPLES)
    cut = Said("w10 w11", " w12 w13, w14. \udcf0\udc9f")
    [found] = extractor.find([cut])
    assert found == extractor.find([Said("w10 w11", " w12 w13, w14. \ufffd\ufffd")])[0]
    assert found is not None


def test_what_does_not_fit_the_context_is_left_to_other_methods() -> None:
    long = Said("w1", " w2" * 20)
    short = Said("w1", " w2")
    assert ModelExtractor(word_model("llama", max_tokens=50), EXAMPLES).find([long, short]) == [
        None,
        CharacterSpan(1, 3),
    ]


def test_each_pass_can_be_interrupted() -> None:
    def stop() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ModelExtractor(word_model("llama"), EXAMPLES).find(SAID, after_pass=stop)
