"""Tokens of an answer that exists already, as if the model had just given it.

The answer follows the prompt as the model's own answers do, and ends with the token that ends them,
so a position means the same in a generated and in a given answer.
"""

from typing import Any

from model_backend.answering.exact_answers import spell
from model_backend.answering.generating import Ending
from model_backend.answering.prompts import Prompt
from model_backend.models.loaded import LoadedModel

_MARK = "\ue000"


def answer_tokens(
    loaded: LoadedModel, question: str, prompt: Prompt, answer: str
) -> tuple[int, ...]:
    """Tokens of an answer in its place after a prompt, with the token that ends an answer.

    A model without a chat template ends an answer with its line.

    Raises:
        BadRequest: the tokenizer makes tokens that the model does not have.
    """
    ending = Ending(loaded)
    with loaded.tokenizing:
        lead = _lead(loaded.tokenizer, question, prompt)
        end = "" if prompt.has_template else "\n"
        ids = _in_place(loaded.tokenizer, prompt.text[-1:], lead + answer.strip() + end)
    if prompt.has_template and ending.ids:
        own = loaded.tokenizer.eos_token_id
        ids = (*ids, own if own in ending.ids else min(ending.ids))
    loaded.check_ids(ids)
    return ids


def _lead(tokenizer: Any, question: str, prompt: Prompt) -> str:
    """The space between a prompt and an answer, as the chat template writes it, if any."""
    if prompt.has_template:
        chat = [
            {"role": "user", "content": question},
            {"role": "assistant", "content": _MARK},
        ]
        try:
            text = str(tokenizer.apply_chat_template(chat, tokenize=False))
        except Exception:  # a template is a program that comes with the model
            text = ""
        before = text.partition(_MARK)[0]
        lead = before[len(prompt.text) :]
        if before.startswith(prompt.text) and not lead.strip():
            return lead
    return "" if prompt.text[-1:].isspace() else " "


def _in_place(tokenizer: Any, before: str, text: str) -> tuple[int, ...]:
    """The tokens of a text after another one, so that a space at its start is kept."""
    options = {"add_special_tokens": False, "split_special_tokens": True, "verbose": False}
    alone, longer, plain = tokenizer([before, before + text, text], **options)["input_ids"]
    ids = tuple(longer[len(alone) :])
    is_kept = longer[: len(alone)] == alone and spell(tokenizer, ids).text == text
    return ids if is_kept else tuple(plain)
