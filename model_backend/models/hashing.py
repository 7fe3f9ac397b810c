"""Hashes files by content, so that results of one model are never shown for another.

Every byte counts, and path and time do not. Hashing a sample would be faster, but would miss a
model in which one matrix was edited.
"""

import hashlib
import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path

BLOCK_BYTES = 32 * 2**20
"""Bytes of a block; blocks are hashed in parallel, since hashing releases the GIL."""

_PIECE_BYTES = 2**20


def hash_files(paths: Iterable[Path]) -> str:
    """Hash of the names and contents of files; a missing file counts as empty."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(f"{path.name} {hash_file(path) if path.is_file() else ''}\n".encode())
    return digest.hexdigest()


def hash_file(path: Path) -> str:
    """Hash of a file's content by blocks, cached until size or times of the file change."""
    status = path.stat()
    return _hash_content(path, status.st_size, (status.st_mtime_ns, status.st_ctime_ns))


@lru_cache(maxsize=1024)
def _hash_content(path: Path, size: int, _: tuple[int, int]) -> str:
    starts = range(0, size, BLOCK_BYTES)
    with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
        blocks = pool.map(lambda start: _hash_block(path, start), starts)
        return hashlib.sha256(f"{size} ".encode() + b"".join(blocks)).hexdigest()


def _hash_block(path: Path, start: int) -> bytes:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        file.seek(start)
        left = BLOCK_BYTES
        while left and (piece := file.read(min(_PIECE_BYTES, left))):
            digest.update(piece)
            left -= len(piece)
    return digest.digest()
