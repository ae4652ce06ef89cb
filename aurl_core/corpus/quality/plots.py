"""The page's pictures as SVG elements that take their colours from the page around them, drawn without a library."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from aurl_core.corpus.quality.outliers import plain
from aurl_core.score.key import key_name

_WIDTH, _HEIGHT, _AXIS = 320.0, 84.0, 16.0
"""Of a histogram, in SVG units; the axis lies below."""
_LABEL: Final = 62.0
"""Room for a number at either end of the axis."""
_BINS: Final = 28
_WIDE: Final = 1040.0
_OUTER_SHARE: Final = 0.005
"""Values beyond this share at either end are drawn in the outermost bars."""
_MAJOR: Final = ("C", "D♭", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B")
_MINOR: Final = ("c", "c♯", "d", "e♭", "e", "f", "f♯", "g", "g♯", "a", "b♭", "b")
_RARE: Final = 0.001
_BLACK_KEYS: Final = (1, 3, 6, 8, 10)
_OCTAVE: Final = 12


def histogram(values: NDArray[Any], *, is_ratio: bool, description: str) -> str:
    """The pieces by a figure: bars, the range written below, a line and a number at the median."""
    known = values.astype(np.float64)
    known = known[np.isfinite(known)]
    if not len(known):
        return _svg("", _WIDTH, _HEIGHT + _AXIS, description)
    drawn = np.log(np.maximum(known, 1e-3)) if is_ratio else known
    low, high = np.quantile(drawn, [_OUTER_SHARE, 1 - _OUTER_SHARE])
    high = max(high, low + 1e-6 + 0.02 * abs(low))
    counts = np.histogram(drawn.clip(low, high), _BINS, (low, high))[0]
    median = float(np.median(drawn))
    shown = np.exp([low, median, high]) if is_ratio else np.array([low, median, high])
    at = _WIDTH * (median - low) / (high - low)
    parts = [_bar(number, count, counts.max(), _WIDTH / _BINS, _HEIGHT) for number, count in enumerate(counts.tolist())]
    parts.append(f'<path class="median" d="M{at:.1f} 0V{_HEIGHT}"/>')
    anchor = "start" if at < _LABEL else "end" if at > _WIDTH - _LABEL else "middle"
    parts.append(_label(at, plain(shown[1]), anchor, kind="strong"))
    if anchor != "start":
        parts.append(_label(0, plain(shown[0]), "start"))
    if anchor != "end":
        parts.append(_label(_WIDTH, plain(shown[2]), "end"))
    return _svg("".join(parts), _WIDTH, _HEIGHT + _AXIS, description)


def pitch_plot(counts: NDArray[np.int64], *, description: str) -> str:
    """Notes by pitch (128,) over a keyboard, without the outermost two thousandths of them."""
    reached = np.cumsum(counts) / max(int(counts.sum()), 1)
    first, last = np.searchsorted(reached, [_RARE, 1 - _RARE]).tolist()
    low, high = first // _OCTAVE * _OCTAVE, (last // _OCTAVE + 1) * _OCTAVE
    step, top, largest = _WIDE / (high - low), 130.0, int(counts.max())
    parts = []
    for pitch in range(low, min(high, len(counts))):
        kind = "black" if pitch % _OCTAVE in _BLACK_KEYS else "white"
        parts.append(_bar(pitch - low, int(counts[pitch]), largest, step, top))
        parts.append(_box(kind, (pitch - low) * step + 0.5, top + 4, step - 1, 12))
        if pitch % _OCTAVE == 0:
            parts.append(_label((pitch - low) * step, f"C{pitch // _OCTAVE - 1}", "start", at=top + 31))
    return _svg("".join(parts), _WIDE, top + 34, description)


def velocity_plot(counts: NDArray[np.int64], *, description: str) -> str:
    """Notes by velocity (128,)."""
    step = _WIDTH / len(counts)
    parts = [
        _bar(number, count, max(int(counts.max()), 1), step, _HEIGHT) for number, count in enumerate(counts.tolist())
    ]
    marks = [_label(number * step, str(number), "middle") for number in (32, 64, 96)]
    ends = [_label(0, "1", "start"), _label(_WIDTH, "127", "end")]
    return _svg("".join([*parts, *marks, *ends]), _WIDTH, _HEIGHT + _AXIS, description)


def key_plot(keys: Sequence[str | None], *, description: str) -> str:
    """Pieces by key along the circle of fifths, major above the line and minor, a third lower, below."""
    names = [key_name(number) for number in range(24)]
    counts = np.bincount([names.index(key) for key in keys if key is not None], minlength=24)
    step, reach = _WIDE / 12, 84.0
    scale = reach / max(int(counts.max()), 1)
    middle, below = 110.0, 34 + scale * int(counts[12:].max())
    parts = []
    for place, fifths in enumerate(range(-5, 7)):
        left, major, minor = place * step + 10, 7 * fifths % 12, (7 * fifths + 9) % 12
        up, down = counts[major] * scale, counts[12 + minor] * scale
        parts += [
            _box("bar", left, middle - 12 - up, step - 20, up),
            _box("minor", left, middle + 12, step - 20, down),
            _label(left + 4, _MAJOR[major], "start", at=middle + 5, kind="strong"),
            _label(left + step - 24, _MINOR[minor], "end", at=middle + 5),
            _label(left + step / 2 - 10, _count(counts[major]), "middle", at=middle - 16 - up),
            _label(left + step / 2 - 10, _count(counts[12 + minor]), "middle", at=middle + 25 + down),
        ]
    return _svg("".join(parts), _WIDE, middle + below, description)


def _count(number: int) -> str:
    return f"{number:,}" if number else ""


def _box(kind: str, x: float, y: float, width: float, height: float) -> str:
    return f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"/>'


def _bar(place: int, count: int, largest: int, step: float, height: float) -> str:
    """A bar of a histogram; one that is not empty can be seen."""
    if not count:
        return ""
    tall = max(height * count / max(largest, 1), 1)
    gap = min(1.0, step / 5)
    return _box("bar", place * step + gap / 2, height - tall, step - gap, tall)


def _label(x: float, text: str, anchor: str, *, at: float = _HEIGHT + 13, kind: str = "") -> str:
    style = f' class="{kind}"' if kind else ""
    return f'<text{style} x="{x:.1f}" y="{at:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _svg(content: str, width: float, height: float, description: str) -> str:
    return (
        f'<svg class="plot" role="img" aria-label="{escape(description)}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}">{content}</svg>'
    )
