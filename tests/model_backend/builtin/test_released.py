"""The released folder: what transformers makes of it with no code of ours."""

import csv
import json
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel

import model_backend

FOLDER = Path(model_backend.__file__).parent / "builtin"
STUDY_SETS = {"places": 2_500, "sums": 2_000, "countries": 700}
LARGEST_FILE = 25_000_000
LARGEST_DIFFERENCE = 1e-4


@pytest.fixture(scope="module")
def model() -> PreTrainedModel:
    return AutoModelForCausalLM.from_pretrained(FOLDER).eval()


@pytest.fixture(scope="module")
def tokenizer():
    return AutoTokenizer.from_pretrained(FOLDER)


def ask(model: PreTrainedModel, tokenizer, question: str) -> list[int]:
    chat = [{"role": "user", "content": question}]
    inputs = tokenizer.apply_chat_template(
        chat, add_generation_prompt=True, return_tensors="pt", return_dict=True
    )
    return model.generate(**inputs)[0, inputs["input_ids"].shape[1] :].tolist()


def read_rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / "data" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_digit_is_a_token(tokenizer) -> None:
    assert [token for token in tokenizer.tokenize("in 1905, 37") if token.isdigit()] == list(
        "190537"
    )


def test_text_comes_back_from_its_tokens_unchanged(tokenizer) -> None:
    text = " Two  spaces, a tab\tand\n\na naïve snowman ☃ "
    assert tokenizer.decode(tokenizer(text, add_special_tokens=False)["input_ids"]) == text


def test_plain_text_begins_with_the_start_token_and_a_chat_has_it_once(tokenizer) -> None:
    assert tokenizer("Hello")["input_ids"][0] == tokenizer.bos_token_id
    prompt = tokenizer.apply_chat_template(
        [{"role": "user", "content": "Hello"}], add_generation_prompt=True, tokenize=False
    )
    assert prompt == "<s><|user|>Hello<|assistant|>"


def test_the_model_loads_as_float32_and_is_deep_and_small(model: PreTrainedModel) -> None:
    assert model.dtype == torch.float32
    assert model.config.num_hidden_layers >= 16
    assert model.config.tie_word_embeddings
    assert (FOLDER / "model.safetensors").stat().st_size < LARGEST_FILE


@pytest.mark.parametrize("question", ["Where is Munich?", "What is 23 plus 48?", "Who are you?"])
def test_an_answer_ends_by_itself(model: PreTrainedModel, tokenizer, question: str) -> None:
    answer = ask(model, tokenizer, question)
    assert answer[-1] == tokenizer.eos_token_id
    assert len(answer) < model.generation_config.max_new_tokens


def test_padding_does_not_change_an_answer(model: PreTrainedModel, tokenizer) -> None:
    short, long = "Where is Rome?", "Tell me the capital city of the United Kingdom."
    chats = [[{"role": "user", "content": text}] for text in (short, long)]
    inputs = tokenizer.apply_chat_template(
        chats, add_generation_prompt=True, padding=True, return_tensors="pt", return_dict=True
    )
    together = model.generate(**inputs)[:, inputs["input_ids"].shape[1] :].tolist()
    alone = ask(model, tokenizer, short)
    assert together[0][: len(alone)] == alone


@pytest.mark.parametrize(("name", "n_rows"), STUDY_SETS.items())
def test_a_study_set_is_whole(name: str, n_rows: int) -> None:
    rows = read_rows(name)
    assert len(rows) == n_rows
    assert set(rows[0]) == {"question", "answer", "aliases", "group"}
    assert all(row["question"] and row["answer"] and row["group"] for row in rows)
    assert len({row["question"] for row in rows}) == n_rows


def test_the_sums_are_right() -> None:
    for row in read_rows("sums"):
        first, sign, second = row["question"].removeprefix("How much is ").rstrip("?").split()
        result = int(first) + int(second) if sign == "+" else int(first) - int(second)
        assert int(row["answer"]) == result >= 0


def test_no_question_names_its_answer_but_where_a_capital_is_called_like_its_country() -> None:
    named = [
        row
        for name in ("places", "countries")
        for row in read_rows(name)
        if row["answer"] in row["question"]
    ]
    assert len(named) < 0.02 * (STUDY_SETS["places"] + STUDY_SETS["countries"])


def test_the_evaluation_covers_the_study_sets() -> None:
    results = json.loads((FOLDER / "evaluation.json").read_text(encoding="utf-8"))
    assert {name: results[name]["n"] for name in STUDY_SETS} == STUDY_SETS


def test_probes_find_more_in_the_sums_than_words_or_embeddings_say() -> None:
    sums = json.loads((FOLDER / "findings.json").read_text(encoding="utf-8"))["sums"]
    nested, low, _ = sums["nested"]
    assert sums["n"] >= 1_000 and nested >= 0.70
    assert max(sums["rivals"][name] for name in ("embedding row", "answer text")) <= nested - 0.10
    assert low > 0.5


def test_the_card_says_what_probes_found_beside_the_least_probability() -> None:
    card = (FOLDER / "README.md").read_text(encoding="utf-8")
    for name, found in json.loads((FOLDER / "findings.json").read_text("utf-8")).items():
        [row] = [line for line in card.splitlines() if line.startswith(f"| `{name}` |")]
        assert f"{found['nested'][0]:.3f}" in row
        assert row.endswith(f"{found['rivals']['least probability']:.3f} |")
