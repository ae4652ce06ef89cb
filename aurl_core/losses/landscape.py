"""The loss around a network, on a plane through its weights. The picture of it lives in landscape_plot.py.

Shapes: A and B points along two directions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

Direction: TypeAlias = dict[str, Tensor]
"""A step for each parameter, by its name."""


class Landscape(NamedTuple):
    """The loss on a grid; both axes count the norm of a filter, so that 1 is as far as each filter is long."""

    steps_A: NDArray[np.float64]
    """Along the first direction; 0 is the network itself."""
    steps_B: NDArray[np.float64]
    """Along the second."""
    loss_AB: NDArray[np.float64]


def random_direction(model: nn.Module) -> Direction:
    """A direction drawn from torch's global generator, each filter of it as long as the network's own (filter
    normalisation, Li et al. 2018, arXiv:1712.09913); vectors such as gains and biases stay as they are."""
    parameters = {name: weight.detach() for name, weight in model.named_parameters()}
    return {name: _as_long(torch.randn_like(weight), weight) for name, weight in parameters.items()}


@torch.no_grad()
def survey(model: nn.Module, loss: Callable[[], Tensor], *, span: float = 1.0, num_points: int = 11) -> Landscape:
    """The loss at `num_points`² places up to `span` away in two random directions; the weights are put back exactly.

    `loss` is asked without gradients and should not draw: switch the model to `eval` for a surface without noise.
    An odd number of points has the network itself in the middle.
    """
    first, second = random_direction(model), random_direction(model)
    steps = np.linspace(-span, span, num_points)
    loss_AB = np.empty((num_points, num_points))
    with weights_kept(model) as origin:
        for row, along in enumerate(steps.tolist()):
            for column, across in enumerate(steps.tolist()):
                for name, weight in model.named_parameters():
                    weight.copy_(origin[name] + along * first[name] + across * second[name])
                loss_AB[row, column] = float(loss())
    return Landscape(steps, steps, loss_AB)


@contextmanager
def weights_kept(model: nn.Module) -> Iterator[Direction]:
    """Put the weights back at the end, bit by bit; yields copies of them by name."""
    origin = {name: weight.detach().clone() for name, weight in model.named_parameters()}
    try:
        yield origin
    finally:
        with torch.no_grad():
            for name, weight in model.named_parameters():
                weight.copy_(origin[name])


def _as_long(direction: Tensor, weight: Tensor) -> Tensor:
    """The direction with each of its filters (rows) as long as the weight's; 0 for weights of fewer than two axes."""
    if weight.dim() < 2:
        return torch.zeros_like(direction)
    axes = tuple(range(1, weight.dim()))
    length, drawn = (one.square().sum(axes, keepdim=True).sqrt() for one in (weight, direction))
    return direction * (length / drawn)
