"""The laws that a loaded model is tested by, and their results.

Each law compares two numbers that must agree if the parts of the model were found rightly.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Law(StrEnum):
    """A law by its letter; ``claim`` says what it claims."""

    READOUT = "a"
    CHAIN = "b"
    WRITES = "c"
    NEURONS = "d"
    ATTENTION = "e"
    HOOKS = "f"
    CAUSALITY = "g"

    @property
    def claim(self) -> str:
        """Claim in words."""
        return _CLAIMS[self]


_CLAIMS = {
    Law.READOUT: "the last row, through final norm and unembedding, gives the model's own logits",
    Law.CHAIN: "each block reads what the block before it left",
    Law.WRITES: "what a block read and what it wrote add up to what it left",
    Law.NEURONS: "the neurons times the MLP's last matrix give what the MLP wrote",
    Law.ATTENTION: "attention weights times values give what attention wrote",
    Law.HOOKS: "a pass that is listened to gives the same numbers as one that is not",
    Law.CAUSALITY: "later tokens change nothing at earlier positions",
}


@dataclass(frozen=True)
class LawResult:
    """Outcome of one law on one loaded model."""

    law: Law
    error: float
    """Largest error over tokens and layers, relative to what the layer changes."""
    tolerance: float
    layers: tuple[int, ...] = ()
    """Layers in which it fails, counted from 1; empty if it holds, or is no law of a layer."""

    @property
    def holds(self) -> bool:
        """True if the error is within the tolerance; an error that is not a number is not."""
        return self.error <= self.tolerance

    @property
    def sentence(self) -> str:
        """Outcome as a sentence for people."""
        verb = "holds" if self.holds else "fails"
        where = f" in {name_layers(self.layers)}" if self.layers else ""
        return (
            f"Law ({self.law}), {self.law.claim}, {verb}{where}: error {self.error:.1g}, "
            f"tolerance {self.tolerance:.1g}."
        )


def laws_in_words(laws: Sequence[LawResult]) -> str:
    """Sentence for each law that fails, or one that says that all hold; empty without laws."""
    failing = [law.sentence for law in laws if not law.holds]
    if failing or not laws:
        return " ".join(failing)
    return f"Its parts were found by structure, and all {len(laws)} laws hold on its weights."


def name_layers(layers: tuple[int, ...]) -> str:
    """Some layers in words, runs joined: "layers 1 to 3, 5"."""
    runs: list[list[int]] = []
    for layer in sorted(layers):
        if runs and layer == runs[-1][-1] + 1:
            runs[-1].append(layer)
        else:
            runs.append([layer])
    names = [str(run[0]) if len(run) == 1 else f"{run[0]} to {run[-1]}" for run in runs]
    return f"layer{'s' if len(layers) > 1 else ''} {', '.join(names)}"
