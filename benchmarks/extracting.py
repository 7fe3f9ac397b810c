"""Cost of reading exact answers with the model, compared with generating the answers."""

from functools import partial
from itertools import cycle
from pathlib import Path

from benchmarks.pairs import Action, time_pairs
from benchmarks.table import Line
from model_backend import LocalBackend, catalogue
from model_backend.answering.exact_answers import spell
from model_backend.answering.finding import ExactAnswerFinder, Unread, make_extractor
from model_backend.answering.generating import generate_batch
from model_backend.answering.prompts import prompt_for
from model_backend.answering.worked_examples import own_worked_examples
from model_backend.models.loaded import LoadedModel
from model_backend.probing.data.builtin_sets import builtin_datasets

N_BATCHES, BATCH, N_NEW = 3, 16, 64
SHARE_OF_GENERATING = 1.0


def extraction_line(file: Path) -> Line:
    """Time to find the exact answers of a batch, as a share of the time to generate them.

    Args:
        file: a model that answers questions: one of random numbers is sure of nothing, so its
            search would read every span.
    """
    backend = LocalBackend(catalogue([str(file)]), device="cpu")
    loaded = backend._pool.take(backend.models()[0].name)
    finder = ExactAnswerFinder(make_extractor(loaded, own_worked_examples()))
    [countries] = [one for one in builtin_datasets() if one.preview.name == "countries"]
    asked = [question.question for question in countries.questions[: N_BATCHES * BATCH]]
    batches = [asked[start : start + BATCH] for start in range(0, len(asked), BATCH)]
    turns = cycle([(batch, _answer(loaded, batch)) for batch in batches])

    def pair() -> tuple[Action, Action]:
        questions, answers = next(turns)
        unread = [Unread(*each) for each in zip(questions, answers, strict=True)]
        return partial(finder.find, unread), partial(_answer, loaded, questions)

    pairs = time_pairs(pair)
    share = pairs.ratio
    what = f"finding exact answers / generating them, {BATCH} answers"
    note = f"{file.stem}; {pairs.sureness}"
    return Line(what, share.value, limit=SHARE_OF_GENERATING, note=note, ratio=share)


def _answer(loaded: LoadedModel, questions: list[str]) -> list[str]:
    """Answers of up to 64 tokens, as a study generates them."""
    prompts = [prompt_for(loaded, question).token_ids for question in questions]
    generated = generate_batch(loaded, prompts, N_NEW)
    return [spell(loaded.tokenizer, ids).text for ids in generated]
