"""Draws folds that keep groups whole and have both classes, and shuffles labels."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Int

from model_backend.api.errors import BadRequest, counted


def group_numbers(groups: Sequence[str]) -> Int[np.ndarray, " example"]:
    """Number the groups from 0; an example with an empty group name is a group of its own."""
    names = [group or f"\0{number}" for number, group in enumerate(groups)]
    return np.unique(names, return_inverse=True)[1].astype(np.int64)


def draw_folds(
    is_correct: Bool[np.ndarray, " example"],
    groups: Int[np.ndarray, " example"],
    n_folds: int,
    rng: np.random.Generator,
) -> Int[np.ndarray, " example"]:
    """Draw a fold for every example: groups stay whole, and classes are balanced over folds.

    Groups are placed in random order, large ones first, each into the fold with the fewest
    examples of its classes.

    Raises:
        BadRequest: fewer groups than folds have a right answer, or a wrong one.
    """
    for label, name in ((True, "right"), (False, "wrong")):
        n_groups = len(np.unique(groups[is_correct == label]))
        if n_groups < n_folds:
            raise BadRequest(
                f"Only {counted(n_groups, 'group')} with {name} answers, and {n_folds} folds need "
                "as many. Ask more questions, or take a data set with more of both."
            )
    n_groups = int(groups.max()) + 1
    counts = np.stack(
        [np.bincount(groups[is_correct == label], minlength=n_groups) for label in (0, 1)]
    )
    order = rng.permutation(n_groups)
    order = order[np.argsort(-counts[:, order].sum(axis=0), kind="stable")]
    fold_of_group = np.zeros(n_groups, dtype=np.int64)
    totals = counts.sum(axis=1, keepdims=True)
    filled = np.zeros((2, n_folds))
    for group in order:
        share = counts[:, [group]] / totals
        # The fold with the fewest examples of this group's classes; the smallest fold wins a tie.
        need = (share * filled).sum(axis=0) + 1e-6 * filled.sum(axis=0)
        fold = int(need.argmin())
        fold_of_group[group] = fold
        filled[:, fold] += share[:, 0]
    return fold_of_group[groups]


def shuffle_labels(
    is_correct: Bool[np.ndarray, " example"],
    groups: Int[np.ndarray, " example"],
    rng: np.random.Generator,
) -> Bool[np.ndarray, " example"]:
    """Shuffle labels between groups of equal size, so that labels of a group stay together."""
    order = np.argsort(groups, kind="stable")
    starts = np.flatnonzero(np.diff(groups[order], prepend=-1))
    sizes = np.diff(np.append(starts, len(groups)))
    shuffled = np.empty_like(is_correct)
    for size in np.unique(sizes):
        blocks = order[starts[sizes == size][:, None] + np.arange(size)]
        labels = rng.permuted(is_correct[blocks], axis=1) if size > 1 else is_correct[blocks]
        shuffled[blocks] = labels[rng.permutation(len(blocks))]
    return shuffled
