"""What musicians would say of a prediction: of its pitches and chords, its rhythm, its loudness, its grammar.

Each looks at the distribution over what may come next, given what came before, never at its most likely token: so each
has a gradient everywhere. Shapes: B batch, T time, V vocabulary, N places where a note begins (or a moment or velocity
is said), C the tokens chosen from there, W windows of successive notes of one sequence.
"""

from __future__ import annotations

import math
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional as F

from aurl_core.losses.choice import Choice, mean, since, window_means
from aurl_core.losses.outputs import TokenOutput
from aurl_core.losses.reconstruction import SEMITONES_PER_OCTAVE, pitch_classes

_INTERVAL_CONSONANCE: Final = (1.24, -1.428, -0.582, 0.594, 0.386, 1.24, -0.453)
"""Of 0 to 6 semitones up to octaves and inversion, as listeners rate them (Huron 1994, "Interval-class content in
equally tempered pitch-class sets", Music Perception 11); the unison, not rated there, as the fifth."""
_SAME_BEATS: Final = 1e-3
_CENTROID_RADII: Final = {7: 1.0, 3: 1.0, 4: 0.5}
"""Of the circles of fifths, minor and major thirds: semitones of a step, and how much the circle counts."""


def voice_leading(tokens: TokenOutput, *, leap_semitones: float, nearby_notes: int) -> Tensor:
    """mean E max(0, |pitch - nearest| - leap) / 12, octaves, nearest the nearest of the last few notes of the sequence:
    voices move by small steps (Huron 2001, "Tone and voice", Music Perception 19). First notes do not count."""
    pitches = tokens.pitches
    leap_NC = torch.full_like(pitches.log_probabilities_NC, torch.inf)
    for back in range(1, nearby_notes + 1):
        past_N = pitches.target_N.roll(back)
        past_N = past_N.where(pitches.rank_N >= back, torch.inf)
        leap_NC = torch.minimum(leap_NC, (pitches.value_C - past_N[:, None]).abs())
    has_past_N = pitches.rank_N > 0
    leap_NC = (leap_NC - leap_semitones).clamp(min=0).where(has_past_N[:, None], 0)
    return mean(pitches.expected(leap_NC)[has_past_N]) / SEMITONES_PER_OCTAVE


def pitch_range(tokens: TokenOutput, *, lowest_pitch: int, highest_pitch: int) -> Tensor:
    """mean E (how far the pitch is below the lowest or above the highest) / 12, octaves."""
    value_C = tokens.pitches.value_C
    outside_C = (lowest_pitch - value_C).clamp(min=0) + (value_C - highest_pitch).clamp(min=0)
    return mean(tokens.pitches.probabilities_NC @ outside_C) / SEMITONES_PER_OCTAVE


def harmony_consistency(tokens: TokenOutput, *, harmony_window: int) -> Tensor:
    """mean over windows of 1 - cos(pitch classes expected, pitch classes that came): the notes of a passage are those
    of its harmony, no matter in what order or octave."""
    expected_W12, came_W12 = _profiles(tokens.pitches, harmony_window)
    return mean(1 - F.cosine_similarity(expected_W12, came_W12, dim=-1))


def pitch_class_entropy(tokens: TokenOutput, *, harmony_window: int) -> Tensor:
    """mean over windows of the entropy of the pitch classes expected, nats: 0 is a single one, log 12 no key at all."""
    expected_W12, _ = _profiles(tokens.pitches, harmony_window)
    return mean(-torch.xlogy(expected_W12, expected_W12.clamp(min=torch.finfo(expected_W12.dtype).tiny)).sum(-1))


def tonal_tension(tokens: TokenOutput, *, harmony_window: int) -> Tensor:
    """mean squared distance between the tonal centroids of the pitch classes expected in successive windows of one
    sequence: harmony that moves by small steps on the circles of fifths and thirds (Harte, Sandler and Gasser 2006,
    "Detecting harmonic change in musical audio")."""
    expected_W12, _ = _profiles(tokens.pitches, harmony_window)
    moved_W = (expected_W12 @ _centroids(expected_W12)).diff(dim=0).square().sum(-1)
    sequence_W = tokens.pitches.sequence_N[tokens.pitches.rank_N % harmony_window == 0]
    return mean(moved_W[sequence_W.diff() == 0])


def dissonance(tokens: TokenOutput) -> Tensor:
    """mean E roughness of a note against those that began with it and were said before, from 0 (unison, fifth) to 1
    (semitone), by the consonance that listeners give to interval classes (Huron 1994)."""
    pitches = tokens.pitches
    moment_N = tokens.moment_BT[pitches.sequence_N, pitches.time_N]
    begins_N = ~pitches.follows_N | (moment_N.diff(prepend=moment_N.new_full((1,), -1)) != 0)
    class_N12 = pitch_classes(pitches.target_N, pitches.probabilities_NC.dtype)
    class_C12 = pitch_classes(pitches.value_C, pitches.probabilities_NC.dtype)
    said_N12 = class_N12.cumsum(0) - class_N12
    chord_N = torch.arange(len(begins_N), device=begins_N.device) - since(begins_N)
    share_N12 = F.normalize(said_N12 - said_N12[chord_N], p=1, dim=-1)
    rough_NC = share_N12 @ _roughness(class_N12) @ class_C12.T
    return mean(pitches.expected(rough_NC)[~begins_N])


def grammar_mass(tokens: TokenOutput) -> Tensor:
    """mean sum of p(v) over the tokens v that the grammar forbids there: from 0 to 1."""
    if tokens.legal_BTV is None:
        raise ValueError("grammar_mass: the output came without legal_BTV, what the grammar allows at each place")
    illegal_BT = tokens.probabilities_BTV.masked_fill(tokens.legal_BTV, 0).sum(-1)
    return mean(illegal_BT[tokens.is_scored_BT])


def note_density(tokens: TokenOutput) -> Tensor:
    """mean over sequences of (share of tokens expected to begin a note - share that did)²: as many notes as came."""
    begins_V = (tokens.table.pitch_V >= 0).to(tokens.log_probabilities_BTV.dtype)
    missed_BT = tokens.probabilities_BTV @ begins_V - begins_V[tokens.known_BT]
    num_scored_B = tokens.is_scored_BT.sum(1)
    missed_B = (missed_BT * tokens.is_scored_BT).sum(1) / num_scored_B.clamp(min=1)
    return mean(missed_B[num_scored_B > 0].square())


def rhythm_regularity(tokens: TokenOutput, *, beat_divisions: int) -> Tensor:
    """mean E (distance of a moment from the nearest multiple of a division of the beat), from 0, on the grid, to 1,
    half a division off. Moments are counted from the bar line, or from the start of the window of tokens where tokens
    tell relative time."""
    divisions_NC = tokens.onset_NC * beat_divisions
    return mean(tokens.moments.expected(2 * (divisions_NC - divisions_NC.round()).abs()))


def syncopation(tokens: TokenOutput) -> Tensor:
    """mean over sequences of (metrical weakness expected - weakness of the moments that came)²: as syncopated as the
    piece. On the beat is 0, off it 1 more for each halving of the beat, up to 3, over 3 (levels as in Longuet-Higgins
    and Lee 1984, "The rhythmic interpretation of monophonic music", within the beat)."""
    moments = tokens.moments
    missed_N = moments.expected(_weakness(tokens.onset_NC)) - _weakness(tokens.onset_N)
    return mean(window_means(missed_N[:, None], moments.windows()).square())


def velocity_smoothness(tokens: TokenOutput) -> Tensor:
    """mean E (velocity - the one said before in the sequence)², velocities from 0 to 1."""
    loudnesses = tokens.loudnesses
    jump_NC = (loudnesses.value_C - loudnesses.target_N.roll(1)[:, None]).square()
    return mean(loudnesses.expected(jump_NC)[loudnesses.follows_N])


def _profiles(pitches: Choice, length: int) -> tuple[Tensor, Tensor]:
    """(W, 12) twice: the shares of the pitch classes expected in each window of notes, and of those that came."""
    dtype, window_N = pitches.probabilities_NC.dtype, pitches.windows(length)
    expected_N12 = pitches.probabilities_NC @ pitch_classes(pitches.value_C, dtype)
    return window_means(expected_N12, window_N), window_means(pitch_classes(pitches.target_N, dtype), window_N)


def _centroids(like: Tensor) -> Tensor:
    """(12, 6) where each pitch class lies on the circles of fifths, minor and major thirds."""
    class_12 = torch.arange(SEMITONES_PER_OCTAVE, dtype=like.dtype, device=like.device)
    angles = [
        (radius, class_12 * semitones * math.tau / SEMITONES_PER_OCTAVE)
        for semitones, radius in _CENTROID_RADII.items()
    ]
    return torch.stack([radius * wave for radius, angle in angles for wave in (angle.sin(), angle.cos())], dim=1)


def _roughness(like: Tensor) -> Tensor:
    """(12, 12) how rough two pitch classes sound together, from 0 to 1."""
    consonance_7 = like.new_tensor(_INTERVAL_CONSONANCE)
    class_12 = torch.arange(SEMITONES_PER_OCTAVE, device=like.device)
    up_12_12 = (class_12[:, None] - class_12) % SEMITONES_PER_OCTAVE
    rough_7 = (consonance_7.max() - consonance_7) / (consonance_7.max() - consonance_7.min())
    return rough_7[torch.minimum(up_12_12, SEMITONES_PER_OCTAVE - up_12_12)]


def _weakness(beats: Tensor) -> Tensor:
    """How weak a moment is in its beat: 0 on it, 1/3 in the middle, 2/3 at a quarter, 1 elsewhere.

    >>> [round(one, 2) for one in _weakness(torch.tensor([1.0, 0.5, 0.75, 1 / 3])).tolist()]
    [0.0, 0.33, 0.67, 1.0]
    """
    off = [((beats * halves - (beats * halves).round()).abs() > _SAME_BEATS) for halves in (1, 2, 4)]
    return torch.stack(off).to(beats.dtype).mean(0)
