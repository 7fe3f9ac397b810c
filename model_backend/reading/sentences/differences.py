"""The reading of a difference of two maps, in which 0 is where they agree."""

import numpy as np

from model_backend.reading.material.observations import Kind, Observation, Part
from model_backend.reading.material.seen import Seen


def in_short(seen: Seen) -> Observation:
    """A sentence on how far apart most cells are, and where the two maps differ most either way."""
    cells = np.abs(seen.finite)
    most = seen.amount(float(np.percentile(cells, 80)))
    said: list[Part] = [f"In eight of ten cells the two differ by {most} or less."]
    for name, at in (("Most", np.nanargmax(seen.values)), ("least", np.nanargmin(seen.values))):
        row, column = (int(place) for place in np.unravel_index(int(at), seen.values.shape))
        value = seen.amount(float(seen.values[row, column]))
        said += [
            f"{' ' if name == 'Most' else '; '}{name}: {value} at layer {seen.layer(row)}, ",
            seen.token(column),
        ]
    return seen.say(Kind.SHORT, *said, ".")
