"""Which variation a piece gets: a function of the seed, the piece, the epoch and the training's progress alone.

So any window of any epoch can be made again without replaying what came before. Each kind has a random stream of its
own: turning one on leaves the others as they were.
"""

from __future__ import annotations

from math import prod
from typing import Final, Literal, get_args

import numpy as np

from aurl_core.augmentation.dynamics import bend_velocities
from aurl_core.augmentation.groove import humanize, swing
from aurl_core.augmentation.params import AugmentParams, DynamicsParams, GrooveParams, StretchParams
from aurl_core.augmentation.schedule import chance_at
from aurl_core.augmentation.stretch import stretch_onsets, stretch_tempo
from aurl_core.augmentation.timbre import substitute
from aurl_core.augmentation.transpose import allowed_shifts, transpose
from aurl_core.random_streams import stream
from aurl_core.score.score import Score

Kind = Literal["transpose", "timbre", "stretch", "dynamics", "groove"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
"""In the order in which they are applied."""
_MOMENTS: Final = 32
"""Of a training so far, at which its rising chances are looked at."""


def kinds_of(params: AugmentParams, *, seed: int, piece_id: str, epoch: int, progress: float) -> tuple[Kind, ...]:
    """The kinds of variation that a piece gets in an epoch, at `progress` (0 to 1) of the training.

    While a chance rises, a piece that had the kind earlier in the epoch has it still.
    """
    tosses = stream(seed, f"augment/kinds/{piece_id}", epoch).random(len(KINDS))
    chances = [chance_at(getattr(params, kind).chance, progress) for kind in KINDS]
    return tuple(kind for kind, toss, chance in zip(KINDS, tosses, chances, strict=True) if toss < chance)


def varied_share(params: AugmentParams, *, progress: float) -> float:
    """The share of the pieces shown until `progress` (0 to 1) that are expected to have any kind of variation.

    >>> varied_share(AugmentParams.model_validate({"transpose": {"chance": 0.5}}), progress=1)
    0.5
    """
    moments = [progress * (number + 0.5) / _MOMENTS for number in range(_MOMENTS)]
    plain = [prod(1 - chance_at(getattr(params, kind).chance, moment) for kind in KINDS) for moment in moments]
    return 1 - sum(plain) / _MOMENTS


def augment(
    score: Score, params: AugmentParams, kinds: tuple[Kind, ...], *, seed: int, piece_id: str, epoch: int
) -> Score:
    """The score as `epoch` shows it when it gets these kinds of variation."""
    for kind in kinds:
        if kind == "transpose":
            shifts = allowed_shifts(score, params.transpose.semitones)
            score = transpose(score, _shift(shifts, seed=seed, piece_id=piece_id, epoch=epoch))
            continue
        rng = stream(seed, f"augment/{kind}/{piece_id}", epoch)
        match kind:
            case "timbre":
                score = substitute(score, rng)
            case "stretch":
                score = _stretched(score, params.stretch, rng)
            case "dynamics":
                score = _bent(score, params.dynamics, rng)
            case "groove":
                score = _grooving(score, params.groove, rng)
    return score


def num_transpositions(score: Score, params: AugmentParams) -> int:
    """In how many keys training may show a piece; it goes through all of them before it meets one again."""
    return len(allowed_shifts(score, params.transpose.semitones)) if params.transpose.chance != 0 else 1


def _shift(shifts: range, *, seed: int, piece_id: str, epoch: int) -> int:
    """Semitones: each of `shifts` once in as many epochs as there are, in random order."""
    cycle, place = divmod(epoch, len(shifts))
    order = stream(seed, f"augment/{piece_id}", cycle).permutation(len(shifts))
    return shifts[int(order[place])]


def _stretched(score: Score, params: StretchParams, rng: np.random.Generator) -> Score:
    """By a factor drawn evenly on a logarithmic scale: half as long is as likely as twice as long."""
    factor = float(np.exp(rng.uniform(*np.log(params.factor))))
    return stretch_tempo(score, factor) if params.changes == "tempo" else stretch_onsets(score, factor)


def _bent(score: Score, params: DynamicsParams, rng: np.random.Generator) -> Score:
    scale, gamma = np.exp(rng.uniform(*np.log([params.scale, params.gamma]).T))
    swell, peak = rng.uniform(*params.swell), rng.random()
    return bend_velocities(score, scale=scale, gamma=gamma, swell=swell, peak=peak)


def _grooving(score: Score, params: GrooveParams, rng: np.random.Generator) -> Score:
    swung = swing(score, rng.uniform(*params.swing))
    bounds = params.model_dump(include={"onset_beats", "shortening", "velocity"})
    return humanize(swung, rng, **bounds)
