"""Packs a map for the browser: the figure, and the predictions of every cell as bytes.

The tooltip is composed in the browser from both. A message of predictions is a little-endian 32-bit
header length, the header as JSON, then two bit strings, most significant bit first: for every row,
position and rank the token id, then the probability in thousandths, which is what a tooltip shows.
At 16 bits an id that is 16.25 bytes a cell for the top five; the texts of all ids travel apart,
once for each model.
"""

import struct
from typing import Any

import numpy as np
import orjson
import plotly.graph_objects as go
from jaxtyping import Int, UInt8

from model_backend import Inspection

THOUSAND = 1000
PROBABILITY_BITS = 10


def pack_figure(figure: go.Figure) -> dict[str, Any]:
    """A map's figure for assets/map/draw.js, without what the script can make itself.

    Dash writes a slash as six characters, and base64 of intensities is full of them: the map's
    numbers come in the other base64 alphabet. The tokens' names are in ``layout.meta`` already.
    """
    packed: dict[str, Any] = figure.to_plotly_json()
    numbers = packed["data"][0]["z"]
    numbers["bdata"] = numbers["bdata"].replace("/", "_").replace("+", "-")
    del packed["layout"]["xaxis"]["labelalias"]
    return packed


def pack_predictions(inspection: Inspection) -> bytes:
    """The message for one inspection's ``top_ids`` and ``top_probs``."""
    rows, tokens, k = inspection.top_ids.shape
    id_bits = max(1, int(inspection.top_ids.max()).bit_length())
    probs = np.rint(inspection.top_probs.astype(np.float64) * THOUSAND).astype(np.uint32)
    ids = pack_bits(inspection.top_ids.astype(np.uint32).ravel(), id_bits)
    header = orjson.dumps(
        {
            "rows": rows,
            "tokens": tokens,
            "k": k,
            "idBits": id_bits,
            "idBytes": len(ids),
            "probabilityBits": PROBABILITY_BITS,
            "model": inspection.model,
            "revision": inspection.revision,
        }
    )
    packed_probs = pack_bits(probs.ravel(), PROBABILITY_BITS)
    return struct.pack("<I", len(header)) + header + ids.tobytes() + packed_probs.tobytes()


def pack_bits(values: Int[np.ndarray, " value"], width: int) -> UInt8[np.ndarray, " byte"]:
    """Unsigned numbers of ``width`` bits each, one after the other without padding."""
    shifts = np.arange(width - 1, -1, -1, dtype=np.uint32)
    bits = (values[:, None] >> shifts) & 1
    return np.packbits(bits.astype(np.uint8).ravel())
