"""Rows of steps for the network: random stretches in training, whole pieces for scoring. B rows, T steps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from benchmarks.jsb.features import Features

ROWS_SCORED = 8
"""Pieces that are scored in one pass; they are sorted by length, so that little of it is padding."""


@dataclass(frozen=True)
class Batch:
    """What `Features` says of rows of consecutive steps (B, T, ...).

    `shifts` (B,): semitones by which a row is transposed. `is_real` (B, T): leaves out the padding behind short pieces.
    `is_hidden` (B,): rows that are not told what was retrieved.
    """

    step_ids: Tensor
    voice_ids: Tensor
    last_pitches: Tensor
    references: Tensor
    histograms: Tensor
    votes: Tensor
    codes: Tensor
    shifts: Tensor
    is_real: Tensor
    is_hidden: Tensor


def gather_batch(features: Features, steps: Tensor, is_real: Tensor, shifts: Tensor, is_hidden: Tensor) -> Batch:
    """The steps whose numbers are `steps` (B, T)."""
    return Batch(
        step_ids=features.step_ids[steps],
        voice_ids=features.voice_ids[steps],
        last_pitches=features.last_pitches[steps],
        references=features.references[steps],
        histograms=features.histograms[steps],
        votes=features.votes[steps],
        codes=features.codes[steps],
        shifts=shifts,
        is_real=is_real,
        is_hidden=is_hidden,
    )


def random_batch(features: Features, *, num_rows: int, num_steps: int, max_shift: int, hidden_share: float) -> Batch:
    """Random stretches, pieces drawn by their length; a piece's ends come as often as its middle."""
    lengths = torch.from_numpy(np.diff(features.starts))
    piece = torch.multinomial(lengths.double(), num_rows, replacement=True)
    length = lengths[piece]
    reach = num_steps // 2
    begin = (torch.rand(num_rows) * (length + reach)).long() - reach
    begin = begin.clamp(min=0).minimum((length - num_steps).clamp(min=0))
    shifts = torch.randint(-max_shift, max_shift + 1, (num_rows,))
    steps, is_real = stretches(features, piece, begin, num_steps)
    return gather_batch(features, steps, is_real, shifts, torch.rand(num_rows) < hidden_share)


def stretches(features: Features, piece: Tensor, begin: Tensor, num_steps: int) -> tuple[Tensor, Tensor]:
    """The numbers (B, T) of the steps from `begin` on, and which of them are within it; the others repeat its last."""
    length = torch.from_numpy(np.diff(features.starts))[piece]
    place = begin[:, None] + torch.arange(num_steps)
    within = place.minimum(length[:, None] - 1)
    return torch.from_numpy(features.starts)[piece][:, None] + within, place < length[:, None]


def whole_pieces(features: Features, *, shift: int, is_hidden: bool) -> Iterator[tuple[Tensor, Batch]]:
    """Every piece once from its first step on, longest first, with the numbers (B, T) of its steps."""
    lengths = torch.from_numpy(np.diff(features.starts))
    for pieces in torch.split(torch.argsort(lengths, descending=True, stable=True), ROWS_SCORED):
        steps, is_real = stretches(features, pieces, torch.zeros_like(pieces), int(lengths[pieces].max()))
        shifts, hidden = torch.full((len(pieces),), shift), torch.full((len(pieces),), is_hidden)
        yield steps, gather_batch(features, steps, is_real, shifts, hidden)
