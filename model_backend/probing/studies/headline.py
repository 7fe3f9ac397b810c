"""Writes the headline of a study: sentences that claim no more than its numbers support."""

from collections.abc import Iterator, Sequence

from model_backend.api.study_results import Best, Reference, ReferenceKind


def write_headline(
    best: Best, references: Sequence[Reference], layer: str, position: str
) -> tuple[str, ...]:
    """Write the headline: first the verdict, then its numbers, then their limits."""
    baselines = [reference for reference in references if reference.kind is ReferenceKind.BASELINE]
    strongest = max(baselines, key=lambda reference: reference.auc.value, default=None)
    return (
        _verdict(best, strongest),
        *_numbers(best, layer, position),
        *_cautions(best, references),
    )


def _verdict(best: Best, baseline: Reference | None) -> str:
    if best.nested.low <= 0.5:
        return (
            "No probe is shown to tell right answers from wrong ones: the nested AUC is "
            f"{best.nested}, and 0.5 is chance."
        )
    if baseline is None:
        return f"A probe tells right answers from wrong ones with a nested AUC of {best.nested}."
    name, difference = baseline.name, baseline.difference
    numbers = f"{best.nested} against {baseline.auc}, a difference of {difference}"
    if difference.high < 0:
        return f"A baseline without activations, {name}, beats the best probe: {numbers}."
    if difference.low <= 0:
        return f"A baseline without activations, {name}, ties the best probe: {numbers}."
    return f"The best probe beats the best baseline, {name}: {numbers}."


def _numbers(best: Best, layer: str, position: str) -> Iterator[str]:
    yield (
        f"Nested AUC {best.nested}: cells chosen on some answers and scored on others. The naive "
        f"maximum of {best.n_cells:,} cells is {best.naive.value:.3f}, at layer {layer}, "
        f"{position}; {best.n_in_best_set:,} of them cannot be told from the best."
    )
    if best.threshold == best.threshold:
        side = "above" if best.naive.value > best.threshold else "not above"
        yield (
            f"The best cell is {side} what chance reaches: {best.threshold:.3f} in one of twenty "
            "studies with shuffled labels."
        )


def _cautions(best: Best, references: Sequence[Reference]) -> Iterator[str]:
    controls = {
        reference.name: reference
        for reference in references
        if reference.kind is ReferenceKind.CONTROL
    }
    subjects = {
        "answer text": "a probe on the tokens of the answer alone",
        "embedding row": "a probe on the embeddings, before any layer,",
        "random weights": "the same study on a model with random weights",
    }
    for name, what in subjects.items():
        if name in controls:
            control = controls[name]
            yield f"For comparison, {what} reaches {control.auc}{_remark(best, control)}."
    if best.nested.low > 0.5:
        yield (
            "A probe shows that the distinction can be read off the activations, not that the "
            "model uses it."
        )


def _remark(best: Best, control: Reference) -> str:
    """A remark on a control that does as well as the probe; empty for other controls."""
    if best.nested.low <= 0.5 or control.difference.low > 0:
        return ""
    if control.auc.low > 0.5:
        return (
            ", which is as good, so the probe may recognise kinds of answers rather than "
            "correctness"
        )
    return ", and so few answers do not tell the two apart"
