"""Roles of next tokens: which are foreseen most and least, early and late."""

from collections.abc import Iterator

import numpy as np

from model_backend.reading.material.groups import Role, roles
from model_backend.reading.material.observations import Kind, Observation
from model_backend.reading.sentences.foreseen import CLEARLY, Foreseen

FEWEST_OF_A_ROLE = 8
CLEARLY_MORE = 0.15
"""Least difference of the shares of two roles that is named."""


def say_roles(found: Foreseen) -> Iterator[Observation]:
    """The roles of tokens that are foreseen most and least."""
    seen, labels = found.seen, found.seen.grid.token_labels
    at = seen.columns[found.columns] + 1
    shares: dict[Role, tuple[float, list[int]]] = {}
    for role, mask in roles(labels).items():
        ats = [int(one) for one in np.flatnonzero(mask[at])]
        if len(ats) >= FEWEST_OF_A_ROLE:
            shares[role] = float(found.ends[ats].mean()), ats
    ranked = sorted(shares, key=lambda role: -shares[role][0])
    if len(ranked) < 2 or shares[ranked[0]][0] - shares[ranked[-1]][0] < CLEARLY_MORE:
        return
    best, worst = ranked[0], ranked[-1]
    said = [
        f"Foreseen most: {best}, of which ",
        _of(found, shares[best][1]),
        f" end at {found.what}; least: {worst}, ",
        _of(found, shares[worst][1]),
        ".",
    ]
    yield seen.say(Kind.LAYERS, *said, regions=found.region(shares[best][1]))
    yield from _early_role(found, {role: ats for role, (_, ats) in shares.items()})


def _of(found: Foreseen, ats: list[int]) -> str:
    return f"{int(found.ends[ats].sum()):,} of {len(ats):,}"


def _early_role(found: Foreseen, members: dict[Role, list[int]]) -> Iterator[Observation]:
    """The roles whose foreseen members settle at the lowest and at the highest layer."""
    middles = {}
    for role, ats in members.items():
        rows = found.settled[[at for at in ats if found.ends[at]]]
        if len(rows) >= FEWEST_OF_A_ROLE:
            middles[role] = int(np.median(rows))
    if len(middles) < 2:
        return
    early, late = min(middles, key=lambda r: middles[r]), max(middles, key=lambda r: middles[r])
    seen = found.seen
    if middles[late] - middles[early] < CLEARLY:
        return
    said = (
        f"Early: {early}, half of what is foreseen from layer {seen.layer(middles[early])} on. "
        f"Late: {late}, half from layer {seen.layer(middles[late])} on."
    )
    yield seen.say(Kind.LAYERS, said, regions=found.region(members[early]))
