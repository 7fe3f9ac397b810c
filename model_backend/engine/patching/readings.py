"""Reads a prediction: both answers, and the metric by which the answer is followed."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log

import torch
from jaxtyping import Float
from torch import Tensor

from model_backend.api.patching import PatchMetric

Logits = Float[Tensor, "cell vocabulary"]


@dataclass(frozen=True, eq=False)
class Reading:
    """Numbers of some predictions."""

    metric: Float[Tensor, " cell"]
    logits: Float[Tensor, "cell answer"]
    probabilities: Float[Tensor, "cell answer"]


@dataclass(frozen=True, eq=False)
class Reader:
    """Reads predictions by one metric."""

    metric: PatchMetric
    answers: tuple[int, int]
    """Token ids: A's answer and B's."""
    of_a: Float[Tensor, " vocabulary"]
    """Log-probabilities of A, for KL."""

    def read(self, logits: Logits) -> Reading:
        """Read some predictions."""
        chosen = logits[:, list(self.answers)]
        probabilities = (chosen - logits.logsumexp(dim=-1, keepdim=True)).exp()
        return Reading(self.measure(logits), chosen, probabilities)

    def measure(self, logits: Logits) -> Float[Tensor, " cell"]:
        """The metric alone; it can be differentiated.

        KL is negative here, so that A has the largest value of every metric, and is in bits.
        """
        if self.metric is PatchMetric.LOGIT_DIFFERENCE:
            return logits[:, self.answers[0]] - logits[:, self.answers[1]]
        log_probs = logits.log_softmax(dim=-1)
        if self.metric is PatchMetric.PROBABILITY:
            return log_probs[:, self.answers[0]].exp()
        return -(self.of_a.exp() * (self.of_a - log_probs)).sum(dim=-1) / log(2)


def make_reader(metric: PatchMetric, answers: tuple[int, int], logits_a: Tensor) -> Reader:
    """A reader for a pair of answers; ``logits_a`` are those of text A without a patch."""
    return Reader(metric, answers, logits_a.log_softmax(dim=-1))


def mean_reading(readings: Sequence[Reading]) -> Reading:
    """The mean of several runs, the same to the last bit wherever all runs are the same.

    It is exact enough for that by double precision.
    """
    each = zip(*((one.metric, one.logits, one.probabilities) for one in readings), strict=True)
    return Reading(*(torch.stack(parts).double().mean(0).to(parts[0].dtype) for parts in each))


def rounding_noise(dtype: torch.dtype, *logits: Float[Tensor, " vocabulary"]) -> float:
    """Error that rounding alone leaves in a difference of logits."""
    largest = max(float(one.abs().max()) for one in logits)
    return float(torch.finfo(dtype).eps) * largest
