"""Which variation a piece gets in which epoch: a function of the seed, the piece and the epoch alone.

So any window of any epoch can be made again without replaying what came before.
"""

from __future__ import annotations

from aurl_core.augmentation.params import AugmentParams
from aurl_core.augmentation.transpose import pitch_range, transpose
from aurl_core.random_streams import stream
from aurl_core.score.score import Score


def augment(score: Score, params: AugmentParams, *, seed: int, piece_id: str, epoch: int) -> Score:
    """The score as `epoch` shows it.

    A piece goes through all its transpositions in random order before it meets one of them again.
    """
    shifts = allowed_shifts(score, params)
    cycle, place = divmod(epoch, len(shifts))
    order = stream(seed, f"augment/{piece_id}", cycle).permutation(len(shifts))
    return transpose(score, shifts[order[place]])


def allowed_shifts(score: Score, params: AugmentParams) -> range:
    """The transpositions, in semitones, that keep every note in the pitch range; 0 is always one of them."""
    reach = pitch_range(score) or (params.lowest_pitch, params.highest_pitch)
    lowest = max(params.lowest_shift, min(params.lowest_pitch - reach[0], 0))
    highest = min(params.highest_shift, max(params.highest_pitch - reach[1], 0))
    return range(lowest, highest + 1)
