"""Where sections begin: evidence at each bar line, then the likeliest cut into sections of usual lengths.

Novelty after J. Foote, "Automatic audio segmentation using a measure of audio novelty", ICME 2000. The cut is a
semi-Markov chain over section lengths, whose forward-backward pass gives each boundary a probability.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from aurl_core.studies.params import StructureParams

STRIPE_BARS = 4
"""Length of the stripes that are compared when a repeat is looked for."""

PARTNERS = 3
"""A bar line's repeat evidence is the mean over this many of the bar lines it fits best with."""


def novelty(likeness: NDArray[np.float64], *, kernel_bars: int) -> NDArray[np.float64]:
    """How much the music changes at the start of each bar: a Gaussian checkerboard slid down the diagonal, (bars,)."""
    offsets = np.arange(-kernel_bars, kernel_bars) + 0.5
    taper = np.exp(-0.5 * (2 * offsets / kernel_bars) ** 2)
    kernel = np.outer(np.sign(offsets) * taper, np.sign(offsets) * taper)
    padded = np.pad(likeness, kernel_bars, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, kernel.shape)
    at = np.arange(len(likeness))
    changes: NDArray[np.float64] = np.einsum("bij,ij->b", windows[at, at], kernel)
    return changes


def repeat_edges(likeness: NDArray[np.float64]) -> NDArray[np.float64]:
    """How clearly a stretch that is heard elsewhere starts or ends at each bar line: (bars,).

    At bar lines i and j, the likeness of the next STRIPE_BARS bars is compared with that of the previous ones; near the
    piece's ends, where there are fewer of them, the difference counts less.
    """
    ahead, has_ahead = _stripes(likeness, range(STRIPE_BARS))
    behind, has_behind = _stripes(likeness, range(-STRIPE_BARS, 0))
    edges = np.abs(ahead - behind) * has_ahead * has_behind
    np.fill_diagonal(edges, 0.0)
    strength: NDArray[np.float64] = np.sort(edges, axis=1)[:, -PARTNERS:].mean(axis=1)
    return strength


def fresh_repeats(likeness: NDArray[np.float64]) -> NDArray[np.float64]:
    """How clearly some other bar is heard again at each bar that does not follow it already: (bars,)."""
    fresh = likeness * (1.0 - _shifted(likeness, -1))
    near = np.abs(np.subtract.outer(np.arange(len(fresh)), np.arange(len(fresh)))) < STRIPE_BARS
    strength: NDArray[np.float64] = np.where(near, 0.0, fresh).max(axis=1)
    return strength


def _stripes(likeness: NDArray[np.float64], reach: range) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean of `likeness[i + bars, j + bars]` over the `bars` of `reach` within the piece, and which share that is."""
    total = np.sum([_shifted(likeness, bars) for bars in reach], axis=0)
    num_bars = np.sum([_shifted(np.ones_like(likeness), bars) for bars in reach], axis=0)
    return total / np.maximum(num_bars, 1), num_bars / len(reach)


def _shifted(likeness: NDArray[np.float64], bars: int) -> NDArray[np.float64]:
    """`likeness[i + bars, j + bars]` at (i, j); 0 beyond the piece."""
    moved = np.zeros_like(likeness)
    size = max(len(likeness) - abs(bars), 0)
    to, source = (0, bars) if bars >= 0 else (-bars, 0)
    moved[to : to + size, to : to + size] = likeness[source : source + size, source : source + size]
    return moved


def boundary_evidence(
    harmony: NDArray[np.float64], texture: NDArray[np.float64], *, params: StructureParams
) -> NDArray[np.float64]:
    """Nats in favour of a section's beginning at each bar, from the bars' likeness in two respects: (bars,)."""
    changes = novelty((harmony + texture) / 2, kernel_bars=params.kernel_bars)
    return (
        params.novelty_weight * _standardised(changes)
        + params.repeat_weight * _standardised(repeat_edges(texture))
        + params.fresh_weight * _standardised(fresh_repeats(texture))
    )


def _standardised(values: NDArray[np.float64]) -> NDArray[np.float64]:
    spread = values.std()
    return (values - values.mean()) / spread if spread > 0 else np.zeros_like(values)


def length_preferences(num_bars: int, *, params: StructureParams) -> NDArray[np.float64]:
    """Nats by which each section length is preferred: (longest + 1,), -inf for lengths that are not allowed."""
    longest = max(min(params.max_bars, num_bars), 1)
    preferences = np.zeros(longest + 1)
    preferences[: min(params.min_bars, longest)] = -np.inf
    for bars, nats in params.usual_bars:
        if bars <= longest:
            preferences[bars] += nats
    return preferences


def segment(
    evidence: NDArray[np.float64], preferences: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The likeliest cut: first bars of the sections (the first is 0), and the probability of each such boundary.

    The first and the last section may be shorter than others, so that pickups and codas find room.
    """
    num_bars = len(evidence)
    gain = np.append(evidence, 0.0)
    gain[0] = 0.0
    first = _likeliest_cut(gain, preferences)
    forward, backward = np.full(num_bars + 1, -np.inf), np.full(num_bars + 1, -np.inf)
    forward[0] = backward[num_bars] = 0.0
    for bar in range(1, num_bars + 1):
        starts = np.arange(max(0, bar - len(preferences) + 1), bar)
        forward[bar] = np.logaddexp.reduce(forward[starts] + _prior(starts, bar, num_bars, preferences)) + gain[bar]
    for bar in range(num_bars - 1, -1, -1):
        ends = np.arange(bar + 1, min(num_bars, bar + len(preferences) - 1) + 1)
        onward = backward[ends] + gain[ends] + _prior(bar, ends, num_bars, preferences)
        backward[bar] = np.logaddexp.reduce(onward)
    return first, np.exp(forward[first] + backward[first] - forward[num_bars])


def _likeliest_cut(gain: NDArray[np.float64], preferences: NDArray[np.float64]) -> NDArray[np.int64]:
    num_bars = len(gain) - 1
    best, back = np.zeros(num_bars + 1), np.zeros(num_bars + 1, np.int64)
    for bar in range(1, num_bars + 1):
        starts = np.arange(max(0, bar - len(preferences) + 1), bar)
        scores = best[starts] + _prior(starts, bar, num_bars, preferences)
        back[bar] = starts[scores.argmax()]
        best[bar] = scores.max() + gain[bar]
    cuts = [int(back[num_bars])]
    while cuts[-1] > 0:
        cuts.append(int(back[cuts[-1]]))
    return np.array(cuts[::-1], np.int64)


def _prior(
    starts: NDArray[np.int64] | int, ends: NDArray[np.int64] | int, num_bars: int, preferences: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Nats in favour of sections `starts..ends`."""
    is_outer = (np.asarray(starts) == 0) | (np.asarray(ends) == num_bars)
    inner = preferences[np.asarray(ends) - starts]
    nats: NDArray[np.float64] = np.where(is_outer, np.maximum(inner, 0.0), inner)
    return nats
