"""Measures of writes have their worked values."""

import torch
from torch.testing import assert_close

from model_backend.measures.inputs import BlockWrite
from model_backend.measures.writes import write_cosine, write_norm

STREAM = torch.tensor([[0.0, 0.0], [3.0, 4.0], [3.0, 4.0]])
WRITE = BlockWrite(torch.tensor([[1.0, 0.0], [-6.0, -8.0], [4.0, -3.0]]), STREAM)


def test_the_norm_of_a_write_is_its_length() -> None:
    assert_close(write_norm(WRITE), torch.tensor([1.0, 10.0, 5.0]))


def test_the_cosine_to_a_stream_of_zeros_is_missing() -> None:
    assert_close(write_cosine(WRITE), torch.tensor([torch.nan, -1, 0]), equal_nan=True)
