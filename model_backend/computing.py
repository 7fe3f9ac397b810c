"""Everything that computes with models, in one import, which takes seconds: it imports torch."""

from collections.abc import Sequence

import torch

from model_backend.answering.handlers import AnswerHandlers
from model_backend.answering.worked_examples import WorkedExample
from model_backend.attribution.handlers import AttributionHandlers
from model_backend.engine.handlers import TextHandlers
from model_backend.engine.patching.handlers import PatchHandlers
from model_backend.models.loaded import LoadedModel
from model_backend.models.memory import free_bytes
from model_backend.models.pool import ModelPool
from model_backend.probing.studies.handlers import ScoreHandlers
from model_backend.probing.studies.service import LocalStudyService
from model_backend.sharing.lru_cache import LruCache


class Computing:
    """The handlers of every folder that runs models, over one pool of them."""

    def __init__(
        self,
        pool: ModelPool[LoadedModel],
        traces: LruCache,
        studies: LocalStudyService,
        examples: Sequence[WorkedExample],
    ) -> None:
        self._pool = pool
        texts = TextHandlers(pool, traces)
        self.answers = AnswerHandlers(pool, examples)
        self.patches = PatchHandlers(pool)
        self.handlers = (
            texts.handlers()
            .include(self.patches.handlers())
            .include(self.answers.handlers())
            .include(AttributionHandlers(pool).handlers())
            .include(ScoreHandlers(pool, texts, studies).handlers())
        )

    def free_bytes(self) -> int:
        """Memory for one more model: on the GPUs that hold models now, else on this machine."""
        devices = {loaded.model.device for loaded in self._pool.loaded()}
        gpus = [device for device in devices if device.type == "cuda"]
        return max(map(free_bytes, gpus or [torch.device("cpu")]))
