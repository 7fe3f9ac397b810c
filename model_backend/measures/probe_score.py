"""The probe score: P(correct) by the linear probes of a finished study."""

from jaxtyping import Float

from model_backend.api.maps.measure_specs import Group, MeasureSpec, Needs
from model_backend.api.maps.sites import PROBE_SITES
from model_backend.measures.inputs import ProbedRow, Tensor


def probability_correct(row: ProbedRow) -> Float[Tensor, " column"]:
    """The logistic function of each vector's product with its probe, plus the intercept."""
    return ((row.vectors * row.weights).sum(-1) + row.intercepts).sigmoid()


MEASURES = (
    MeasureSpec(
        "probe score",
        Group.PROBE,
        Needs.PROBES,
        probability_correct,
        subtitle="P(correct) by the probes of a finished study of this model",
        definition=(
            "P(correct): how likely a linear probe of a study calls an answer right, from what "
            "is in this cell. Each layer has a probe of its own. It was fitted on answers to one "
            "data set's questions, at one position: anywhere else its score is an extrapolation."
        ),
        caution=(
            "A score away from 0.5 can mean that a direction which told right answers from wrong "
            "in a study is present there. The probe was fitted on answers to one data set's "
            "questions, at one position: on other questions, texts and tokens its score is an "
            "extrapolation, and 0.9 need not be right nine times in ten. Each layer and each named "
            "position has another probe, so a difference between them may be one of probes. A "
            "score does not mean that the model uses what is scored."
        ),
        unit="P(correct)",
        sites=PROBE_SITES,
        ends=(0.0, 1.0),
        midpoint=0.5,
        number_format="{unit} {value:.3f}",
    ),
)
