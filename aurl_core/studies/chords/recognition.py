"""Chords per beat: how well each chord explains what sounds, then the likeliest path through them.

Rule-based after B. Pardo and W. Birmingham, "Algorithms for chordal analysis", CMJ 2002 (tones inside, outside and
missing), smoothed over time by Viterbi with changes cheapest at bar lines. Nothing is trained here.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from aurl_core.corpus.schema import column
from aurl_core.score.score import Notes, Score
from aurl_core.score.time import BarGrid
from aurl_core.studies.chords.keys import key_of, scale_of
from aurl_core.studies.chords.templates import QUALITY_NAMES, ROOTS, TONES, harte_label
from aurl_core.studies.frames import Frames, Sounding, pitch_class_profiles, pitched_notes
from aurl_core.studies.params import ChordParams, StudyParams
from aurl_core.studies.study import Row, beats_of, empty_table, study_schema, study_table

BASS_REACH_SEMITONES = 2.0
"""A sound this far above the lowest of its beat counts 1/e as much as the bass."""


def beat_profiles(notes: Notes, frames: Frames) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What sounds in each frame and what lies lowest in it, both (F, 12).

    The first holds the share of the frame in which each pitch class sounds, octaves counted once; the second sums to
    one where anything sounds.
    """
    laid = Sounding.of(notes, frames)
    pitch, length = notes.pitch[laid.note], laid.length.astype(np.float64)
    shape = {"num_frames": len(frames)}
    spans = (frames.stop - frames.start)[:, None]
    sounding = np.minimum(pitch_class_profiles(pitch, laid.frame, length, **shape) / spans, 1.0)
    lowest = np.full(len(frames), 127, np.int64)
    np.minimum.at(lowest, laid.frame, pitch)
    depth = np.exp((lowest[laid.frame] - pitch.astype(np.int64)) / BASS_REACH_SEMITONES)
    bass = pitch_class_profiles(pitch, laid.frame, length * depth, **shape)
    total = bass.sum(axis=1, keepdims=True)
    return sounding, np.divide(bass, total, out=np.zeros_like(bass), where=total > 0)


def chord_scores(
    sounding: NDArray[np.float64], bass: NDArray[np.float64], scale: NDArray[np.bool_], *, params: ChordParams
) -> NDArray[np.float64]:
    """How well each chord explains each frame: (F, NUM_CHORDS); silence speaks for no chord.

    inside - outside_weight * outside - missing_weight * missing + bass, key and seventh terms (see `ChordParams`).
    """
    tones, sizes = TONES.astype(np.float64), TONES.sum(axis=1)
    total = sounding.sum(axis=1, keepdims=True)
    shares = np.divide(sounding, total, out=np.zeros_like(sounding), where=total > 0)
    inside = shares @ tones.T
    missing = 1.0 - np.minimum(sounding * 2, 1.0) @ tones.T / sizes
    in_key = ~(TONES & ~scale).any(axis=1)
    explained = (
        inside
        - params.outside_weight * (1.0 - inside)
        - params.missing_weight * missing
        + params.bass_weight * bass[:, ROOTS[:-1]]
        + params.key_weight * in_key
        - params.seventh_weight * (sizes == 4)
    )
    presence = np.minimum(total, 1.0)
    return np.hstack([explained * presence, params.silence_weight * (1.0 - presence)])


def change_costs(frames: Frames, grid: BarGrid, *, params: ChordParams) -> NDArray[np.float64]:
    """What a chord change costs at the start of each frame, in nats: (F,)."""
    is_half = frames.position * 2 == grid.length[frames.bar]
    costs = np.where(is_half, params.half_bar_change_cost, params.beat_change_cost)
    return np.where(frames.position == 0, params.bar_change_cost, costs)


def likeliest_path(evidence: NDArray[np.float64], costs: NDArray[np.float64]) -> NDArray[np.int64]:
    """Viterbi: the states (F,) with the greatest sum of `evidence` (F, S) less `costs` (F,) at each change of state."""
    states = np.arange(evidence.shape[1])
    came_from = np.empty(evidence.shape, np.int64)
    best = evidence[0]
    for frame in range(1, len(evidence)):
        leader = int(best.argmax())
        change = best[leader] - costs[frame]
        stays = best >= change
        came_from[frame] = np.where(stays, states, leader)
        best = np.where(stays, best, change) + evidence[frame]
    path = np.empty(len(evidence), np.int64)
    path[-1] = best.argmax()
    for frame in range(len(evidence) - 1, 0, -1):
        path[frame - 1] = came_from[frame, path[frame]]
    return path


def state_probabilities(evidence: NDArray[np.float64], costs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Forward-backward over the same chain as `likeliest_path`: each state's probability in each frame, (F, S)."""
    likelihood = np.exp(evidence - evidence.max(axis=1, keepdims=True))
    change = np.exp(-costs)
    forward, backward = np.empty_like(likelihood), np.ones_like(likelihood)
    forward[0] = likelihood[0] / likelihood[0].sum()
    for frame in range(1, len(evidence)):
        reached = likelihood[frame] * ((1 - change[frame]) * forward[frame - 1] + change[frame])
        forward[frame] = reached / reached.sum()
    for frame in range(len(evidence) - 1, 0, -1):
        ahead = likelihood[frame] * backward[frame]
        reached = (1 - change[frame]) * ahead + change[frame] * ahead.sum()
        backward[frame - 1] = reached / reached.max()
    joint = forward * backward
    probability: NDArray[np.float64] = joint / joint.sum(axis=1, keepdims=True)
    return probability


class ChordStudy:
    """One row a beat: its chord. `confidence` is the chord's probability given the whole piece (forward-backward)."""

    name = "chords"
    schema = study_schema(
        column("beat", pa.float64(), "quarter notes from the start of the piece; beats are counted from the bar line"),
        column("onset_steps", pa.int32(), "steps"),
        column("duration_steps", pa.int32(), "steps"),
        column("bar", pa.int32(), "bar number from 0"),
        column("root", pa.int8(), "pitch class, 0 = C; -1 without a chord"),
        column("quality", pa.dictionary(pa.int32(), pa.string()), "Harte's shorthand, N without a chord"),
        column("bass", pa.int8(), "pitch class of the lowest sound, -1 in silence"),
        column("label", pa.dictionary(pa.int32(), pa.string()), "Harte syntax"),
    )

    def __init__(self, params: StudyParams) -> None:
        self.params = params.chords
        self.keys = params.keys

    def analyze(self, piece: Row, score: Score) -> pa.Table:
        notes = pitched_notes(score)
        if not len(notes):
            return empty_table(self.schema)
        frames = Frames.beats(score)
        sounding, bass = beat_profiles(notes, frames)
        scale = scale_of(int(key_of(notes, params=self.keys).argmax()))
        evidence = self.params.sharpness * chord_scores(sounding, bass, scale, params=self.params)
        costs = change_costs(frames, BarGrid.of(score), params=self.params)
        chords = likeliest_path(evidence, costs)
        confidence = state_probabilities(evidence, costs)[np.arange(len(chords)), chords]
        lowest = np.where(bass.any(axis=1), bass.argmax(axis=1), -1)
        return study_table(self.schema, piece, self._columns(score, frames, chords, lowest, confidence))

    def _columns(
        self,
        score: Score,
        frames: Frames,
        chords: NDArray[np.int64],
        bass: NDArray[np.int64],
        confidence: NDArray[np.float64],
    ) -> dict[str, NDArray[np.generic] | list[str]]:
        return {
            "beat": beats_of(frames.start, score),
            "onset_steps": frames.start,
            "duration_steps": frames.stop - frames.start,
            "bar": frames.bar,
            "root": ROOTS[chords],
            "quality": QUALITY_NAMES[chords].tolist(),
            "bass": bass,
            "label": [harte_label(chord, low) for chord, low in zip(chords.tolist(), bass.tolist(), strict=True)],
            "confidence": confidence,
        }
