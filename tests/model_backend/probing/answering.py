"""A tiny model that answers with capitalised names, and questions with half its answers right."""

import json
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import WhitespaceSplit
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from model_backend import CatalogueEntry, JobId, JobState, JobStatus, LocalBackend, StudyRequest
from model_backend.answering.finding import ExactAnswerFinder
from model_backend.api.datasets import DatasetQuestion
from model_backend.probing.studies.answers.asking import ask_batch

NAMES = [
    f"{first}{middle}{last}" for first in "BDKLMN" for middle in "aeiou" for last in ("ra", "lo")
]
QUICK = {
    "n_folds": 3,
    "n_repeats": 1,
    "n_permutations": 3,
    "max_new_tokens": 3,
    "size": 150,
    "ask_for_truth": False,
}
"""Settings with which a study of the tiny model takes seconds."""


def save_namer(folder: Path) -> Path:
    """A random model of two blocks over thirty-odd names and as many words."""
    words = ["<unk>", "Question:", "Answer:", "who", "is", *(f"w{n}" for n in range(40)), *NAMES]
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(words),
        hidden_size=16,
        intermediate_size=24,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        max_position_embeddings=128,
        bos_token_id=None,
        eos_token_id=None,
    )
    model = LlamaForCausalLM(config)
    for parameter in model.parameters():
        parameter.data.normal_(std=1.0)
    # Words get no logits, so every answer is a name.
    model.lm_head.weight.data[: -len(NAMES)] *= 0
    model.save_pretrained(folder)
    tokenizer = Tokenizer(WordLevel({word: n for n, word in enumerate(words)}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = WhitespaceSplit()
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, unk_token="<unk>").save_pretrained(folder)
    return folder


def open_namer(folder: Path, studies: Path, **options: Any) -> LocalBackend:
    """A backend that offers the tiny model."""
    entries = (CatalogueEntry("namer", str(folder)),)
    return LocalBackend(entries, device="cpu", studies=studies, **options)


def half_right(backend: LocalBackend, n: int = 150, *, max_new_tokens: int = 3) -> bytes:
    """Questions as JSONL; for half of them the model's own answer is the right one."""
    loaded = backend._pool.take("namer")
    texts = [f"who is w{n % 40} w{n // 40} w{(7 * n) % 40}" for n in range(n)]
    asked = ask_batch(
        loaded,
        [DatasetQuestion(text, "nobody") for text in texts],
        max_new_tokens=max_new_tokens,
        finder=ExactAnswerFinder(),
        after_token=lambda: None,
    )
    lines = [
        {"question": each.question.question, "answer": each.exact_answer if n % 2 else "Nobody"}
        for n, each in enumerate(asked)
    ]
    return "\n".join(map(json.dumps, lines)).encode()


def quick_request(dataset: str, **changes: object) -> StudyRequest:
    """A small study of the tiny model."""
    return StudyRequest("namer", dataset, **{**QUICK, **changes})  # type: ignore[arg-type]


def finish(backend: LocalBackend, request: StudyRequest) -> JobStatus:
    """Run a study, and check that it succeeds."""
    status = end(backend, backend.start_study(request))
    assert status.state is JobState.DONE, status.message
    return status


def end(backend: LocalBackend, job: JobId) -> JobStatus:
    """Wait until a job ends, whatever its outcome."""
    while not (status := backend.study_service.wait(job)).is_over:
        pass
    return status
