"""`Choice`: of a prediction, what musical losses look at: which pitch, where a note begins; which moment; how loud.

Shapes: N places, C tokens that may be chosen from.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor


@dataclass(frozen=True, eq=False)
class Choice:
    """The distribution over the tokens that carry a value, at the N places whose target carries one.

    Places follow each other in time, sequence after sequence.
    """

    log_probabilities_NC: Tensor
    value_C: Tensor
    """What each token says, as a number."""
    target_N: Tensor
    """What the target says."""
    sequence_N: Tensor
    """The row of the batch."""
    time_N: Tensor
    """The column of the batch."""

    @cached_property
    def probabilities_NC(self) -> Tensor:
        """Of each token, given that it is one of these."""
        return self.log_probabilities_NC.exp()

    @cached_property
    def follows_N(self) -> Tensor:
        """bool: does the place before belong to the same sequence?"""
        return self.sequence_N == torch.nn.functional.pad(self.sequence_N, (1, 0), value=-1)[:-1]

    @cached_property
    def rank_N(self) -> Tensor:
        """How many of these places come before in the same sequence."""
        return since(~self.follows_N)

    def expected(self, cost_NC: Tensor) -> Tensor:
        """(N,) the mean of a cost that is known for each token."""
        return (self.probabilities_NC * cost_NC).sum(-1)

    def windows(self, length: int | None = None) -> Tensor:
        """(N,) the number of each place's window: `length` successive places of one sequence, or all of one.

        >>> places = Choice(*[torch.zeros(0)] * 3, torch.tensor([0, 0, 0, 1, 1]), torch.arange(5))
        >>> places.windows(2).tolist(), places.windows().tolist()
        ([0, 0, 1, 2, 2], [0, 0, 0, 1, 1])
        """
        begins_N = self.rank_N % length == 0 if length else ~self.follows_N
        return begins_N.cumsum(0) - 1


def choose(logits_BTV: Tensor, known_BT: Tensor, is_scored_BT: Tensor, value_V: Tensor) -> Choice:
    """The choice among the tokens whose value is not -1, at the scored places whose target is one of them."""
    ids_C = (value_V >= 0).nonzero()[:, 0]
    is_chosen_BT = is_scored_BT & (value_V >= 0)[known_BT]
    sequence_N, time_N = is_chosen_BT.nonzero(as_tuple=True)
    logits_NC = logits_BTV[is_chosen_BT].index_select(-1, ids_C)
    dtype = torch.promote_types(logits_NC.dtype, torch.float32)
    value_V = value_V.to(dtype)
    log_probabilities_NC = logits_NC.to(dtype).log_softmax(-1)
    return Choice(log_probabilities_NC, value_V[ids_C], value_V[known_BT[is_chosen_BT]], sequence_N, time_N)


def mean(cost_N: Tensor) -> Tensor:
    """The mean over places; 0, with a gradient of 0, if there are none."""
    return cost_N.sum() / max(1, cost_N.numel())


def since(begins_N: Tensor) -> Tensor:
    """(N,) how many places ago something began last, the first place being a beginning.

    >>> since(torch.tensor([True, False, False, True, False])).tolist()
    [0, 1, 2, 0, 1]
    """
    index_N = torch.arange(len(begins_N), device=begins_N.device)
    return index_N - index_N.where(begins_N, 0).cummax(0).values if len(index_N) else index_N


def window_means(value_NK: Tensor, window_N: Tensor) -> Tensor:
    """(W, K) the mean of the rows of each window; windows are numbered from 0, without gaps.

    >>> window_means(torch.tensor([[1.0], [3.0], [5.0]]), torch.tensor([0, 0, 1])).tolist()
    [[2.0], [5.0]]
    """
    size_W = torch.bincount(window_N)
    return value_NK.new_zeros(len(size_W), value_NK.shape[1]).index_add(0, window_N, value_NK) / size_W[:, None]
