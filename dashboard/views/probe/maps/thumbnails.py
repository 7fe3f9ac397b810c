"""A map as a picture of one pixel a cell, small enough to stand in the page itself."""

import base64
import struct
import zlib

import numpy as np
from jaxtyping import Float, UInt8

from dashboard.drawing.colours import two_hues

LOW, MIDDLE, HIGH = 0.0, 0.5, 1.0
SIGNATURE = b"\x89PNG\r\n\x1a\n"
EIGHT_BIT_RGBA = (8, 6, 0, 0, 0)


def thumbnail(values: Float[np.ndarray, "row column"]) -> str:
    """A data URL of a PNG that shows AUCs in the map's colours; missing cells are transparent.

    The first row is at the bottom, as in the map.
    """
    pixels = paint(values[::-1])
    height, width, _ = pixels.shape
    lines = b"".join(b"\0" + line.tobytes() for line in pixels)  # each line's filter is none
    header = struct.pack(">IIBBBBB", width, height, *EIGHT_BIT_RGBA)
    png = SIGNATURE + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(lines, 9))
    return "data:image/png;base64," + base64.b64encode(png + _chunk(b"IEND", b"")).decode()


def paint(values: Float[np.ndarray, "row column"]) -> UInt8[np.ndarray, "row column 4"]:
    """Red, green, blue and opacity of every AUC in the map's colours; missing cells are clear."""
    stops = two_hues(LOW, MIDDLE, HIGH)
    places = np.array([place for place, _ in stops], dtype=float)
    colours = np.array([_channels(str(colour)) for _, colour in stops])
    share = (np.nan_to_num(values, nan=MIDDLE) - LOW) / (HIGH - LOW)
    channels = [np.interp(share, places, colours[:, channel]) for channel in range(3)]
    opacity = np.where(np.isnan(values), 0, 255)
    return np.rint(np.stack([*channels, opacity], axis=-1)).astype(np.uint8)


def _channels(colour: str) -> list[int]:
    return [int(colour[at : at + 2], 16) for at in (1, 3, 5)]


def _chunk(kind: bytes, data: bytes) -> bytes:
    check = struct.pack(">I", zlib.crc32(kind + data))
    return struct.pack(">I", len(data)) + kind + data + check
