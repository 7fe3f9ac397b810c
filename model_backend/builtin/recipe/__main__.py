"""``python -m model_backend.builtin.recipe --books FOLDER``: from facts and books to a model.

Every stage goes on from its last checkpoint, so the same command resumes an interrupted run.
"""

import argparse
import os
from pathlib import Path

import numpy as np
import torch
from transformers import PreTrainedTokenizerFast

from model_backend.builtin.recipe.card import Run, write_card
from model_backend.builtin.recipe.corpus import Corpus, read_books, split_book
from model_backend.builtin.recipe.evaluate import evaluate
from model_backend.builtin.recipe.export import export, write_evaluation
from model_backend.builtin.recipe.questions import draw_exchange
from model_backend.builtin.recipe.studies import study_all, write_findings
from model_backend.builtin.recipe.tokenizer import train_tokenizer
from model_backend.builtin.recipe.train import Schedule, Trainer, new_model, train

STABLE_STEPS = 2_250
DECAY_STEPS = 350
N_TOKENIZER_QUESTIONS = 40_000
HOME = Path(__file__).parents[1]


def _tokenizer(work: Path, books: list[str]) -> PreTrainedTokenizerFast:
    folder = work / "tokenizer"
    if not folder.exists():
        rng = np.random.default_rng(0)
        asked = [draw_exchange(rng) for _ in range(N_TOKENIZER_QUESTIONS)]
        questions = [f"{exchange.question} {exchange.answer}" for exchange in asked]
        train_tokenizer([*books, *questions]).save_pretrained(folder)
    return PreTrainedTokenizerFast.from_pretrained(folder)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--books", type=Path, required=True, help="folder of .txt files")
    parser.add_argument("--work", type=Path, default=Path.home() / ".cache/layerscope-builtin")
    parser.add_argument("--out", type=Path, default=HOME, help="folder to release into")
    parser.add_argument("--stable-steps", type=int, default=STABLE_STEPS)
    parser.add_argument("--decay-steps", type=int, default=DECAY_STEPS)
    parser.add_argument("--note", default="", help="what the model card should say of this run")
    return parser.parse_args()


def train_stages(trainer: Trainer, work: Path, stable_steps: int, decay_steps: int) -> bool:
    """The stable stage, then the decay from its last step; False when stopped early.

    A finished run is trained on when more stable steps are asked for than it has taken.
    """
    stable, decayed = work / "stable.pt", work / "decayed.pt"
    found = [path for path in (stable, decayed) if path.exists()]
    if found:
        trainer.load(max(found, key=lambda path: path.stat().st_mtime))
    print(f"from step {trainer.step}", flush=True)
    if trainer.step < stable_steps and not train(trainer, Schedule(stable_steps), stable):
        return False
    n_steps = stable_steps + decay_steps
    return train(trainer, Schedule(n_steps, decay_from=stable_steps), decayed)


def main() -> None:
    arguments = _arguments()
    work: Path = arguments.work
    work.mkdir(parents=True, exist_ok=True)
    (work / "train.pid").write_text(str(os.getpid()))
    torch.set_num_threads(2)
    books = [split_book(text)[0] for text in read_books(arguments.books)]
    tokenizer = _tokenizer(work, books)
    trainer = Trainer(new_model(tokenizer), Corpus(tokenizer, books))
    trainer.compile()
    if not train_stages(trainer, work, arguments.stable_steps, arguments.decay_steps):
        return
    export(trainer.model, tokenizer, arguments.out)
    results = evaluate(arguments.out, arguments.books)
    write_evaluation(arguments.out, results)
    found = study_all(arguments.out, work)
    write_findings(arguments.out, found)
    run = Run(arguments.stable_steps, trainer.step, trainer.seconds, arguments.note)
    write_card(arguments.out, trainer.model, run, results, found)


if __name__ == "__main__":
    main()
