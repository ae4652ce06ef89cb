"""The chorales as arrays of pitches, and the frame in which a voice's next pitch is told. No features, no model.

A voice's next pitch is one of `NUM_CODES` codes relative to its last sounding pitch: codes 0..2 * REACH are the motions
-REACH..REACH in semitones, `REST` is silence, `FAR` any of the other pitches (each equally likely). So the code of a
held note is REACH in every key, and the probabilities of the 128 pitches and the rest sum to one.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from math import log
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

REACH = 16
"""Largest motion that has a code of its own, in semitones."""
REST = 2 * REACH + 1
FAR = 2 * REACH + 2
NUM_CODES = 2 * REACH + 3
NUM_VOICES = 4
LOG_NUM_FAR = log(128 - (2 * REACH + 1))
"""What it costs to say which pitch out of reach it is, in nats."""
SPLITS = ("train", "valid", "test")

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float32]


@dataclass(frozen=True)
class Chorales:
    """Pieces laid end to end; N steps of a sixteenth note, voices in the order in which they are predicted.

    `pitches`: the last sounding pitch of each voice, which a rest does not change.
    `is_rest`: whether the voice is silent.
    `codes`: each pitch told from the one before it.
    `starts`: the first step of each piece and, last, N.
    """

    pitches: IntArray
    is_rest: NDArray[np.bool_]
    codes: IntArray
    starts: IntArray

    @property
    def num_pieces(self) -> int:
        return len(self.starts) - 1

    @property
    def num_steps(self) -> int:
        return len(self.codes)

    @property
    def lengths(self) -> IntArray:
        return np.diff(self.starts)

    def steps(self, piece: int) -> slice:
        return slice(int(self.starts[piece]), int(self.starts[piece + 1]))

    def far_cost(self) -> FloatArray:
        """Nats per step for naming the pitches out of reach."""
        cost: FloatArray = ((self.codes == FAR).sum(1) * LOG_NUM_FAR).astype(np.float32)
        return cost


def read_splits(path: Path) -> dict[str, list[IntArray]]:
    """The pieces of each split, (steps, 4) in the order soprano, alto, tenor, bass; -1 is a rest.

    Raises:
        ValueError: the file holds no such splits.
    """
    content = json.loads(path.read_text())
    if not set(SPLITS) <= set(content):
        raise ValueError(f"{path} has the splits {sorted(content)}; expected {list(SPLITS)} (Jsb16thSeparated.json)")
    return {split: [np.array(piece, dtype=np.int64) for piece in content[split]] for split in SPLITS}


def opening_pitches(pieces: list[IntArray]) -> IntArray:
    """The median first pitch of each voice: what a first pitch is told from."""
    first = np.stack([piece[0] for piece in pieces]).astype(float)
    first[first < 0] = np.nan
    opening: IntArray = np.nanmedian(first, axis=0).round().astype(np.int64)
    return opening


def build_chorales(pieces: list[IntArray], *, opening: IntArray, voice_order: tuple[int, ...]) -> Chorales:
    """The pieces end to end, their voices in `voice_order`; `opening` is in the order of the file."""
    sounding = [sounding_pitches(piece[:, voice_order], opening[list(voice_order)]) for piece in pieces]
    rests = [piece[:, voice_order] < 0 for piece in pieces]
    codes = [
        motion_codes(np.vstack([opening[None, list(voice_order)], pitches]), rest)
        for pitches, rest in zip(sounding, rests, strict=True)
    ]
    starts = np.concatenate([[0], np.cumsum([len(piece) for piece in pieces])])
    return Chorales(np.concatenate(sounding), np.concatenate(rests), np.concatenate(codes), starts)


def sounding_pitches(piece: IntArray, opening: IntArray) -> IntArray:
    """Each rest (-1) replaced by the pitch that sounded last, or by the opening one."""
    padded = np.vstack([opening, piece])
    latest = np.maximum.accumulate(np.where(padded < 0, 0, np.arange(len(padded))[:, None]), axis=0)
    sounding: IntArray = np.take_along_axis(padded, latest, axis=0)[1:]
    return sounding


def motion_codes(pitches: IntArray, is_rest: NDArray[np.bool_]) -> IntArray:
    """The code of each row but the first of `pitches`, told from the row before."""
    codes = encode_motion(np.diff(pitches, axis=0))
    codes[is_rest] = REST
    return codes


def encode_motion(semitones: IntArray) -> IntArray:
    return np.where(np.abs(semitones) <= REACH, semitones + REACH, FAR)
