"""Thumbnails are valid pictures in the map's own colours, the embedding at the bottom."""

import base64
import struct
import zlib

import numpy as np

from dashboard.drawing.colours import AMBERS, BLUES
from dashboard.views.probe.maps.thumbnails import paint, thumbnail


def read_png(address: str) -> np.ndarray:
    """The pixels of a picture without filters, as any reader finds them."""
    data = base64.b64decode(address.removeprefix("data:image/png;base64,"))
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    at, chunks = 8, {}
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at : at + 8])
        body = data[at + 8 : at + 8 + size]
        assert struct.unpack(">I", data[at + 8 + size : at + 12 + size])[0] == zlib.crc32(
            kind + body
        )
        chunks[kind] = body
        at += 12 + size
    width, height = struct.unpack(">II", chunks[b"IHDR"][:8])
    lines = zlib.decompress(chunks[b"IDAT"])
    pixels = np.frombuffer(lines, np.uint8).reshape(height, 1 + 4 * width)
    return pixels[:, 1:].reshape(height, width, 4)


def rgb(colour: str) -> list[int]:
    return [int(colour[at : at + 2], 16) for at in (1, 3, 5)]


def test_a_picture_has_a_pixel_a_cell_and_its_first_row_at_the_bottom() -> None:
    values = np.array([[0.5, 1.0, 0.5], [0.6, 0.7, 0.8]])
    pixels = read_png(thumbnail(values))
    assert pixels.shape == (2, 3, 4)
    assert pixels[1, 1, :3].tolist() == rgb(BLUES[-1][1])


def test_what_is_below_chance_has_the_second_hue_and_what_is_missing_none() -> None:
    pixels = paint(np.array([[0.0, 0.5, 1.0, np.nan]]))
    assert pixels[0, 0, :3].tolist() == rgb(AMBERS[-1][1])
    assert pixels[0, 2, :3].tolist() == rgb(BLUES[-1][1])
    assert pixels[0, :, 3].tolist() == [255, 255, 255, 0]
