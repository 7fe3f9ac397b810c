"""Stand-ins that are real implementations of an interface, only without a model behind them."""

import hashlib
import threading
from collections import Counter
from dataclasses import astuple

import numpy as np

from model_backend import (
    NAMED_POSITIONS,
    NOT_INSPECTED,
    ON_REQUEST,
    SITES,
    UNITS,
    Answer,
    AnswerId,
    AnswerProgress,
    BadRequest,
    CellDetail,
    CellPart,
    CellRequest,
    Counts,
    Finish,
    ForwardsStudies,
    Generated,
    Inspection,
    InspectRequest,
    Judgement,
    LayerTokenGrid,
    Measure,
    ModelCard,
    ModelState,
    Neuron,
    Prediction,
    ProbeScoreRequest,
    QuestionRequest,
    Site,
    TokenPart,
    TokenRange,
    TokenShift,
    UnknownModel,
    Verdict,
    Waiting,
    Write,
    layer_labels,
)
from model_backend.api.positions import named_positions
from model_backend.engine.unavailable import (
    EMBEDDING_ATTENTION,
    EMBEDDING_NEURONS,
    EMBEDDING_WRITES,
    NOT_ASKED,
    absences,
)
from tests.model_backend.fake_study_service import FakeDesk

N_LAYERS = 3
N_ANSWER = 5
VOCABULARY = tuple(f"token{token_id}" for token_id in range(50))


N_HEADS = 2
NOT_IN_ROW_0 = {Measure.UPDATE_SIZE, Measure.COSINE_TO_PREVIOUS} | {
    measure for measure in Measure if Site.RESID_POST not in SITES[measure]
}
AT = {
    Site.RESID_MID: (Measure.RESIDUAL_NORM, Measure.COSINE_TO_PREVIOUS),
    Site.MLP_OUT: (Measure.WRITE_COSINE,),
}


def make_inspection(text: str, model: str = "fake", *, attention: bool = False) -> Inspection:
    """An inspection with one token per word, whose numbers depend on the text."""
    words = tuple(text.split())
    rng, apart = np.random.default_rng(len(text)), np.random.default_rng(1 + len(text))
    shape = (N_LAYERS + 1, len(words))

    def grid(measure: Measure, site: str = "") -> LayerTokenGrid:
        chance = apart if measure in ON_REQUEST else rng  # the others are the same without it
        values = chance.random(shape).astype(np.float32)
        if site or measure in NOT_IN_ROW_0:
            values[0] = np.nan
        unit = UNITS.get(measure, "")
        return LayerTokenGrid(
            measure.value, values, layer_labels(N_LAYERS), words, unit=unit, site=site
        )

    return Inspection(
        model=model,
        revision="1",
        dtype="float32",
        token_ids=np.arange(len(words), dtype=np.int32) % len(VOCABULARY),
        is_special=np.arange(len(words)) == 0,
        is_sink=np.zeros(len(words), dtype=bool),
        grids={
            measure: grid(measure)
            for measure in Measure
            if measure not in NOT_INSPECTED and (attention or measure not in ON_REQUEST)
        },
        grids_at={
            site: {measure: grid(measure, site) for measure in measures}
            for site, measures in AT.items()
        },
        absences=absences(no_attention="" if attention else NOT_ASKED),
        top_ids=rng.integers(len(VOCABULARY), size=(*shape, 5)).astype(np.int32),
        top_probs=rng.random((*shape, 5)).astype(np.float32),
    )


class FakeBackend(ForwardsStudies):
    """A ``Backend`` that counts what it is asked and answers at once, or when ``gate`` opens."""

    def __init__(self, name: str = "fake") -> None:
        self.name = name
        self._desk = self.desk = FakeDesk()
        self.asked: Counter[str] = Counter()
        self.gate = threading.Event()
        self.gate.set()
        self.error: BaseException | None = None
        self.revision = "1"

    def models(self) -> tuple[ModelCard, ...]:
        return (
            ModelCard(
                self.name,
                ModelState.READY,
                family="fake",
                n_layers=N_LAYERS,
                vocabulary_size=len(VOCABULARY),
                max_tokens=4096,
                revision=self.revision,
                dtype="float32",
            ),
        )

    def load(self, model: str) -> None:
        self._ask("load")

    def cancel_load(self, model: str) -> None:
        self._ask("cancel_load")

    def waiting(self) -> Waiting | None:
        return None

    def give_up(self) -> None:
        pass

    def counts(self) -> Counts:
        return Counts()

    def vocabulary(self, model: str) -> tuple[str, ...]:
        self._ask("vocabulary")
        return VOCABULARY

    def fingerprint(
        self, request: InspectRequest | CellRequest | QuestionRequest | ProbeScoreRequest
    ) -> str:
        if request.model != self.name:
            raise UnknownModel(f"There is no model {request.model!r} here.")
        return hashlib.sha256(repr((astuple(request), self.revision)).encode()).hexdigest()

    def inspect(self, request: InspectRequest) -> Inspection:
        self._ask("inspect")
        return make_inspection(_text(request), self.name, attention=request.attention)

    def cell(self, request: CellRequest) -> CellDetail:
        self._ask("cell")
        words = tuple(_text(request).split())
        in_block = request.row > 0
        return CellDetail(
            row=request.row,
            position=request.position,
            token_id=request.position,
            token_text=words[request.position],
            predictions=tuple(Prediction(n, VOCABULARY[n], 1 / (n + 2)) for n in range(10)),
            paths=np.full((N_LAYERS + 1, 10), 0.1, dtype=np.float32),
            next_token=Prediction(7, VOCABULARY[7], 0.25),
            next_token_rank=2,
            layer_labels=layer_labels(N_LAYERS),
            values={Measure.RESIDUAL_NORM: 1.5, Measure.UPDATE_SIZE: float("nan")},
            values_at={Site.RESID_MID: {Measure.RESIDUAL_NORM: 1.25}} if in_block else {},
            token_labels=words,
            attention_from=_attention(len(words))[:, request.position] if in_block else None,
            attention_to=_attention(len(words))[..., request.position] if in_block else None,
            writes=WRITES if in_block else (),
            neurons=tuple(Neuron(n, (-1) ** n * (12.0 - n)) for n in range(12 * in_block)),
            absent={} if in_block else IN_ROW_0,
        )

    def probe_scores(self, request: ProbeScoreRequest) -> LayerTokenGrid:
        """Higher in higher rows and, a little, by the probes of later positions."""
        self._ask("probe_scores")
        study = self.study(request.study)
        words = tuple(_text(request).split())
        columns = request.columns or tuple((request.position, n) for n in range(len(words)))
        later = np.array([NAMED_POSITIONS.index(name) for name, _ in columns], dtype=np.float32)
        values = np.linspace(0.1, 0.9, N_LAYERS + 1, dtype=np.float32)[:, None] + later / 1000
        values[:, [token is None or name == "-8" for name, token in columns]] = np.nan
        named = bool(request.columns)
        return LayerTokenGrid(
            "probe score",
            values,
            layer_labels(N_LAYERS),
            tuple("" if token is None else words[token] for _, token in columns),
            "P(correct)",
            0.5,
            site=request.site or Site.RESID_POST,
            column_names=tuple(name for name, _ in columns) if named else (),
            column_positions=tuple(token for _, token in columns) if named else (),
            source=f"study of {study.card.dataset}, {study.card.n} answers, nested AUC 0.820",
        )

    def generate(self, request: QuestionRequest) -> Generated:
        self._ask("generate")
        return Generated(np.arange(N_ANSWER, dtype=np.int32), np.full(N_ANSWER, 0.5, np.float32))

    def answer(self, request: QuestionRequest) -> Answer:
        """An answer of as many tokens as the request has; its second is the exact answer."""
        self._ask("answer")
        ids = self.generate(request).token_ids.tolist() if request.answer_ids is None else None
        ids = ids if ids is not None else list(request.answer_ids or ())
        exact = (1, 1) if request.mark is None and len(ids) > 1 else request.mark
        marked = TokenRange(*exact) if exact else None
        n_prompt = len(request.question.split()) + 2
        parts = [TokenPart.QUESTION] * n_prompt + [TokenPart.ANSWER] * len(ids)
        parts[0] = parts[n_prompt - 1] = TokenPart.TEMPLATE
        token_ids = (*range(n_prompt), *ids)
        return Answer(
            model=self.name,
            prompt=f"<{request.question}>",
            has_template=True,
            token_ids=token_ids,
            token_texts=tuple(VOCABULARY[token_id] for token_id in token_ids),
            parts=tuple(parts),
            n_prompt=n_prompt,
            text=" ".join(VOCABULARY[token_id] for token_id in ids),
            finish=Finish.END,
            exact=marked,
            exact_text=VOCABULARY[ids[marked.first]] if marked else None,
            by_hand=request.mark is not None,
            judgement=Judgement(Verdict.RIGHT, "It is.") if request.right_answers else None,
            positions=named_positions(n_prompt, len(ids), marked),
        )

    def start_answer(self, request: QuestionRequest) -> AnswerId:
        self._ask("start_answer")
        return request.question

    def answer_progress(self, answer: AnswerId) -> AnswerProgress:
        self._ask("answer_progress")
        if answer == "unknown":
            raise BadRequest("That answer is no longer kept here. Ask again.")
        ids = tuple(range(N_ANSWER))
        texts = tuple(VOCABULARY[token_id] for token_id in ids)
        return AnswerProgress(
            answer,
            is_running=False,
            token_ids=ids,
            token_texts=texts,
            probabilities=(0.5,) * N_ANSWER,
            most_tokens=64,
            seconds=2.0,
            is_whole=True,
        )

    def stop_answer(self, answer: AnswerId) -> None:
        self._ask("stop_answer")

    def _ask(self, what: str) -> None:
        self.asked[what] += 1
        assert self.gate.wait(timeout=20)
        if self.error is not None:
            raise self.error


def _attention(n_tokens: int) -> np.ndarray:
    """Head, from, to: the first head looks at all alike, the second at the first token."""
    may_see = np.tri(n_tokens, dtype=bool)
    weights = np.stack([may_see / may_see.sum(1, keepdims=True), np.eye(n_tokens)[[0] * n_tokens]])
    return np.where(may_see, weights, np.nan).astype(np.float32)


WRITES = tuple(
    Write(
        site,
        norm=0.75,
        cosine=-0.25,
        promoted=tuple(TokenShift(n, VOCABULARY[n], 3.0 - n / 2) for n in range(5)),
        suppressed=tuple(TokenShift(n, VOCABULARY[n], n / 2 - 12) for n in range(10, 15)),
    )
    for site in (Site.ATTN_OUT, Site.MLP_OUT)
)
IN_ROW_0 = {
    CellPart.ATTENTION: EMBEDDING_ATTENTION,
    CellPart.WRITES: EMBEDDING_WRITES,
    CellPart.NEURONS: EMBEDDING_NEURONS,
}


def _text(request: InspectRequest | CellRequest | ProbeScoreRequest) -> str:
    """The text, or one word for each token id."""
    return request.text or " ".join(VOCABULARY[token_id] for token_id in request.token_ids)


class BrokenStore:
    """A store that fails whenever it is asked, until it is mended."""

    def __init__(self) -> None:
        self.broken = True
        self.asked = 0
        self.values: dict[str, bytes] = {}

    def get(self, key: str) -> bytes | None:
        self._ask()
        return self.values.get(key)

    def set(self, key: str, value: bytes) -> None:
        self._ask()
        self.values[key] = value

    def _ask(self) -> None:
        self.asked += 1
        if self.broken:
            raise ConnectionError("nobody is there")
