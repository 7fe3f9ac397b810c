"""Measures of neurons have their worked values."""

import pytest
import torch
from torch.testing import assert_close

from model_backend.measures.inputs import Neurons
from model_backend.measures.neurons import active_neurons, largest_neuron


def test_the_largest_neuron_may_be_negative() -> None:
    assert_close(largest_neuron(Neurons(torch.tensor([[1.0, -3.0, 2.0]]))), torch.tensor([3.0]))


def test_a_measure_leaves_the_neurons_to_the_next_one() -> None:
    neurons = Neurons(torch.tensor([[1.0, -3.0, 2.0]]))
    active_neurons(neurons)
    assert_close(neurons.sizes, torch.tensor([[1.0, 3.0, 2.0]]))


def test_of_one_neuron_among_four_a_quarter_is_active() -> None:
    sizes = torch.tensor([[8.0, 0.0, 0.0, 0.0], [1.0, 1.0, 1.0, 1.0], [3.0, 3.0, 0.0, 0.0]])
    assert_close(active_neurons(Neurons(sizes)), torch.tensor([0.25, 0.0, 0.5]))


def test_about_a_third_of_a_bell_curve_is_active() -> None:
    sizes = torch.randn(1, 200_000, generator=torch.Generator().manual_seed(0)).abs()
    assert active_neurons(Neurons(sizes)).item() == pytest.approx(0.3173, abs=0.005)


@pytest.mark.parametrize("n_neurons", [3, 24, 11_008])
def test_equal_neurons_are_not_above_themselves(n_neurons) -> None:
    assert active_neurons(Neurons(torch.full((1, n_neurons), 0.1))).item() == 0
