"""How likely a model finds sequences: windows over them in which every token is predicted once, and their sum of nats.

Shapes: B batch, T time, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

IGNORED: Final = -100
"""Stands in targets where nothing is to be predicted: padding, and what another window has predicted."""


class Window(NamedTuple):
    """What is read and what is to be predicted of it, of equal length."""

    token_ids_T: NDArray[np.int64]
    targets_T: NDArray[np.int64]
    is_phrase_end_T: NDArray[np.bool_] | None = None
    """Which targets are in the last beats of a phrase, if anybody is to know."""


class Batch(NamedTuple):
    """Windows of equal length, one above the other."""

    token_ids_BT: Tensor
    targets_BT: Tensor
    is_phrase_end_BT: Tensor | None = None
    """bool: which targets are in the last beats of a phrase, if the windows say it."""


def strided_windows(token_ids: NDArray[np.integer], *, length: int, stride: int) -> Iterator[Window]:
    """Windows of at most `length` that together predict every token but the first exactly once.

    Each window after the first predicts the next `stride` tokens, so that it shows them at least `length - stride`
    tokens of their past.
    """
    ids = token_ids.astype(np.int64)
    done, last = 0, len(ids) - 1
    while done < last:
        end = min(last, done + (stride if done else length))
        start = max(0, end - length)
        targets = ids[start + 1 : end + 1].copy()
        targets[: done - start] = IGNORED
        yield Window(ids[start:end], targets)
        done = end


def collate(windows: Sequence[Window]) -> Batch:
    """One batch, as long as its longest window; what is shorter is padded at the end."""
    length = max(len(window.token_ids_T) for window in windows)
    token_ids = np.zeros((len(windows), length), np.int64)
    targets = np.full_like(token_ids, IGNORED)
    for row, window in enumerate(windows):
        token_ids[row, : len(window.token_ids_T)] = window.token_ids_T
        targets[row, : len(window.targets_T)] = window.targets_T
    is_phrase_end = np.zeros(token_ids.shape, np.bool_)
    marks = [window.is_phrase_end_T for window in windows if window.is_phrase_end_T is not None]
    for row, mark in enumerate(marks):
        is_phrase_end[row, : len(mark)] = mark
    told = torch.from_numpy(is_phrase_end) if marks else None
    return Batch(torch.from_numpy(token_ids), torch.from_numpy(targets), told)


def nats(logits_BTV: Tensor, targets_BT: Tensor) -> Tensor:
    """The negative log-likelihood of all targets that are not `IGNORED`, summed, in nats."""
    return F.cross_entropy(
        logits_BTV.float().flatten(0, 1), targets_BT.flatten(), ignore_index=IGNORED, reduction="sum"
    )


@torch.inference_mode()
def total_nats(
    model: torch.nn.Module, pieces: Iterable[NDArray[np.integer]], *, length: int, batch_size: int = 16
) -> float:
    """The negative log-likelihood of whole pieces in nats, each token after the first given at least half a window."""
    windows = [window for ids in pieces for window in strided_windows(ids, length=length, stride=max(1, length // 2))]
    windows.sort(key=lambda window: len(window.token_ids_T))
    batches = (collate(windows[start : start + batch_size]) for start in range(0, len(windows), batch_size))
    return sum(float(nats(model(batch.token_ids_BT), batch.targets_BT)) for batch in batches)
