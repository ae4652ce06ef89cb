"""What the network is told about a step before it predicts it: all but the pitches themselves is the same in every key.

Everything about step t comes from steps before t and, for voice v, from the voices before v in step t. A categorical
feature is an id of its own in one table, so that a place's features are summed by one embedding bag.

N steps, 4 voices.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from benchmarks.jsb.chorales import NUM_CODES, NUM_VOICES, Chorales, IntArray
from benchmarks.jsb.history import (
    BEGIN,
    HISTORY_STEPS,
    LONGEST_HOLD,
    earlier_pitches,
    held_steps,
    latest_motions,
    previous,
    relative_histograms,
)
from benchmarks.jsb.matching import Continuations

INTERVAL_REACH = 30
"""Intervals between voices are told up to so many semitones."""
STEPS_PER_BAR, LAST_BAR = 16, 30
LONGEST_LOG = 7
NUM_TRUSTS = (LONGEST_LOG + 1) * NUM_VOICES * 3
NUM_REFERENCES = NUM_VOICES + 1
NUM_HISTOGRAMS = len(HISTORY_STEPS)


@dataclass(frozen=True)
class Column:
    """A categorical feature of N steps (N,) or of their voices (N, 4): `values` below `size`."""

    values: IntArray
    size: int
    is_retrieved: bool = False


@dataclass(frozen=True)
class Features:
    """What the network reads, over all steps of some pieces.

    `step_ids` (N, F), `voice_ids` (N, 4, G): ids in the tables of step and voice features.
    `last_pitches` (N, 4): sounding before the step. `references` (N, 4, R): other pitches of interest, in semitones
    above the voice's last. `histograms` (N, 4, H, 12): pitch classes heard lately, from the voice's last pitch up.
    `votes` (N, 4, V, codes): shares of what followed earlier matches. `codes` (N, 4): the targets.
    `far_cost` (N,): nats for naming pitches out of reach. `starts`: first step of each piece and the end.
    `is_retrieved_step` (F,), `is_retrieved_voice` (G,), `is_retrieved_vote` (V,): what comes from training pieces.
    """

    step_ids: Tensor
    voice_ids: Tensor
    last_pitches: Tensor
    references: Tensor
    histograms: Tensor
    votes: Tensor
    codes: Tensor
    far_cost: Tensor
    starts: IntArray
    num_step_ids: int
    num_voice_ids: int
    is_retrieved_step: Tensor
    is_retrieved_voice: Tensor
    is_retrieved_vote: Tensor


def build_features(
    chorales: Chorales, *, own: list[Continuations], retrieved: list[Continuations], opening: IntArray
) -> Features:
    """All features of some pieces, with matches in their own past and in training; `opening` in the voices' order."""
    last_pitches = previous(chorales.pitches, chorales.starts, opening)
    matches = [(match, False) for match in own] + [(match, True) for match in retrieved]
    of_steps = step_columns(chorales, last_pitches) + [c for match in matches for c in match_columns(*match, voice=0)]
    of_voices = voice_columns(chorales, last_pitches) + [c for match in matches for c in match_columns(*match)]
    of_voices = [by_voice(column) for column in of_voices]
    no_votes = np.zeros((chorales.num_steps, NUM_VOICES, 0, NUM_CODES), dtype=np.float16)
    votes = np.concatenate([no_votes, *(match.votes[:, :, None] for match, _ in matches)], axis=2)
    references = np.stack(reference_pitches(chorales, last_pitches), axis=-1) - last_pitches[..., None]
    return Features(
        step_ids=stack_ids(of_steps),
        voice_ids=stack_ids(of_voices),
        last_pitches=torch.from_numpy(last_pitches),
        references=torch.from_numpy(references),
        histograms=torch.from_numpy(relative_histograms(chorales, last_pitches)).bfloat16(),
        votes=torch.from_numpy(votes).bfloat16(),
        codes=torch.from_numpy(chorales.codes),
        far_cost=torch.from_numpy(chorales.far_cost()),
        starts=chorales.starts,
        num_step_ids=sum(column.size for column in of_steps),
        num_voice_ids=sum(column.size for column in of_voices),
        is_retrieved_step=torch.tensor([column.is_retrieved for column in of_steps]),
        is_retrieved_voice=torch.tensor([column.is_retrieved for column in of_voices]),
        is_retrieved_vote=torch.tensor([is_retrieved for _, is_retrieved in matches], dtype=torch.bool),
    )


def stack_ids(columns: list[Column]) -> Tensor:
    """The columns side by side, each with ids of its own."""
    offsets = np.cumsum([0] + [column.size for column in columns[:-1]])
    return torch.from_numpy(np.stack([column.values for column in columns], axis=-1) + offsets)


def by_voice(column: Column) -> Column:
    """A feature of the voices (N, 4) that means something else to each of them."""
    values = column.values + np.arange(NUM_VOICES) * column.size
    return Column(values, column.size * NUM_VOICES, column.is_retrieved)


def interval_column(intervals: IntArray) -> Column:
    return Column(np.clip(intervals, -INTERVAL_REACH, INTERVAL_REACH) + INTERVAL_REACH, 2 * INTERVAL_REACH + 1)


def match_columns(match: Continuations, is_retrieved: bool, *, voice: int | None = None) -> list[Column]:
    """What a match foretells, and how far it can be trusted: length on a log scale, agreement, place in the bar."""
    length = np.minimum(np.log2(match.lengths + 1).astype(np.int64), LONGEST_LOG)
    trust = (length * NUM_VOICES + match.agreed) * 3 + match.aligned
    codes = match.codes
    if voice is not None:
        codes, trust = codes[:, voice], trust[:, voice]
    return [Column(codes, NUM_CODES + 1, is_retrieved), Column(trust, NUM_TRUSTS, is_retrieved)]


def step_columns(chorales: Chorales, last_pitches: IntArray) -> list[Column]:
    """Known before the step's first voice: motions, holds and intervals of the step before, and the phase."""
    place = np.arange(chorales.num_steps) - np.repeat(chorales.starts[:-1], chorales.lengths)
    columns = [
        Column(place % STEPS_PER_BAR, STEPS_PER_BAR),
        Column(np.minimum(place // STEPS_PER_BAR, LAST_BAR), LAST_BAR + 1),
    ]
    for column in own_columns(chorales):
        columns += [Column(column.values[:, voice], column.size) for voice in range(NUM_VOICES)]
    for low in range(NUM_VOICES):
        columns += [interval_column(last_pitches[:, high] - last_pitches[:, low]) for high in range(low)]
    return columns


def own_columns(chorales: Chorales) -> list[Column]:
    """Each voice's rhythm and motion up to the step before."""
    return [
        Column(previous(chorales.codes, chorales.starts, BEGIN), NUM_CODES + 1),
        Column(held_steps(chorales), LONGEST_HOLD + 1),
        Column(latest_motions(chorales), NUM_CODES + 1),
    ]


def voice_columns(chorales: Chorales, last_pitches: IntArray) -> list[Column]:
    """Known to a voice of the step: the phase, its own past, what the others did, and how far off they are."""
    voice = np.arange(NUM_VOICES)
    place = np.arange(chorales.num_steps) - np.repeat(chorales.starts[:-1], chorales.lengths)
    phase = np.broadcast_to(place[:, None] % STEPS_PER_BAR, chorales.codes.shape)
    columns = [Column(phase, STEPS_PER_BAR), *own_columns(chorales)]
    for other in range(NUM_VOICES):
        done = np.where(voice > other, chorales.codes[:, other, None], BEGIN)
        sounding = np.where(voice > other, chorales.pitches[:, other, None], last_pitches[:, other, None])
        columns += [Column(done, NUM_CODES + 1), interval_column(sounding - last_pitches)]
    return columns


def reference_pitches(chorales: Chorales, last_pitches: IntArray) -> list[IntArray]:
    """Pitches (N, 4) that the next one is told from, besides the voice's last: the others', its own before that.

    Another voice's pitch is that of this step where it is known, else that of the step before.
    """
    voice = np.arange(NUM_VOICES)
    references = []
    for apart in range(1, NUM_VOICES):
        other = (voice + apart) % NUM_VOICES
        references.append(np.where(other < voice, chorales.pitches[:, other], last_pitches[:, other]))
    return references + earlier_pitches(chorales)
