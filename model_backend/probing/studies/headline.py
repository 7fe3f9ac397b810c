"""Writes the headline of a study: sentences that claim no more than its numbers support."""

from collections.abc import Iterator, Sequence

from model_backend.api.errors import counted
from model_backend.api.study_results import Best, Extraction, Reference, ReferenceKind
from model_backend.grids.numbers import percent

FORM = "answer form"
GIVEN = (
    "The answers come from the file, each followed by an end token. Baselines of probability are "
    "those of the model that read them: if another model wrote them, they tell how expected its "
    "words are, not how sure it was."
)


def write_headline(
    best: Best,
    references: Sequence[Reference],
    layer: str,
    position: str,
    *,
    extraction: Extraction | None = None,
    answers_given: bool = False,
) -> tuple[str, ...]:
    """Write the headline: the verdict, its numbers, their limits.

    What makes the verdict mean something else comes before it: exact answers that were not found,
    and the form of the answers where it tells as much as the probe.
    """
    baselines = [reference for reference in references if reference.kind is ReferenceKind.BASELINE]
    strongest = max(baselines, key=lambda reference: reference.auc.value, default=None)
    poor = extraction is not None and extraction.is_poor
    found = () if extraction is None else tuple(_extraction(extraction))
    return (
        *(found[:1] if poor else ()),
        *_form_first(best, references),
        _verdict(best, strongest),
        *_numbers(best, layer, position),
        *((GIVEN,) if answers_given else ()),
        *(found[1:] if poor else found),
        *_cautions(best, references),
    )


def _extraction(found: Extraction) -> Iterator[str]:
    if found.n_right:
        held = f"{found.n_held:,} of {found.n_right:,} right answers, {found.recall}"
        if found.is_poor:
            yield (
                f"Only {held}, hold a right answer in the exact answer that was found, so the map "
                "shows which answers are brief, not which are right."
            )
        else:
            yield f"The exact answer that was found holds a right answer in {held}."
    methods = ", ".join(f"{count:,} {how}" for how, count in found.found_by.items())
    extra = (
        ""
        if found.extra_words != found.extra_words
        else (f" It has {found.extra_words:g} words beside the right answer (median).")
    )
    yield (
        f"Exact answers: {methods}. Found in {_share(found.found_right)} of right and "
        f"{_share(found.found_wrong)} of wrong answers.{extra}"
    )
    if found.n_cut_off:
        yield f"Cut off at the longest answer allowed: {counted(found.n_cut_off, 'answer')}."


def _share(value: float) -> str:
    return "none" if value != value else percent(value)


def _form_first(best: Best, references: Sequence[Reference]) -> Iterator[str]:
    """Say that the form of answers tells as much as the probe, where it does."""
    form = next((one for one in references if one.name == FORM), None)
    if form is None or best.nested.low <= 0.5 or form.difference.low > 0 or form.auc.low <= 0.5:
        return
    yield (
        "A probe that sees only the form of the answer (its length, its sentences, the place of "
        "the exact answer, whether it was cut off) does as well as the best probe: "
        f"{form.auc} against {best.nested}."
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
        FORM: "a probe on the form of the answer",
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
