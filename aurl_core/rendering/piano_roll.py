"""A score as a picture: pitch over time as one compact SVG, tracks in colours, bars and beats as a grid."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Final

import numpy as np
from numpy.typing import NDArray

from aurl_core.score.pitch import pitch_name
from aurl_core.score.score import Score
from aurl_core.score.time import BarGrid

_COLOURS: Final = ("#3b6fd4", "#e07a1f", "#1f9d77", "#c2408f", "#8a63d2", "#c9a20a", "#2aa6c4", "#d2483b")
"""By track, over and over; told apart also by most colour-blind eyes."""
_LOUDNESS: Final = np.array([32, 64, 96])
"""Velocities that part the notes into four strengths of colour."""
_STRENGTHS: Final = (0.45, 0.6, 0.8, 1.0)
_BLACK_KEYS: Final = (1, 3, 6, 8, 10)
_LEAST_RANGE: Final = 24
_LEFT, _TOP, _BOTTOM = 34.0, 16.0, 6.0
_LEAST_BEAT, _LEAST_BAR, _LEAST_NUMBER = 7.0, 5.0, 44.0
"""Beat lines, bar lines and bar numbers are left out where they would be closer than this, in pixels."""
_STYLE: Final = (
    ".b{fill:#fcfcfd}.k{fill:#8891a5;fill-opacity:.09}.g{stroke:#8891a5;stroke-width:.5;fill:none}"
    "text{font:9px system-ui,sans-serif;fill:#747d92}"
    "@media(prefers-color-scheme:dark){.b{fill:#161a22}.k{fill-opacity:.14}text{fill:#9aa3b6}}"
)


def draw_piano_roll(score: Score, *, width: int = 1000, height: int = 260, title: str = "") -> str:
    """A self-contained SVG of `width` by `height` pixels; it scales. The same score gives the same text.

    Notes are horizontal strokes, the stronger the louder; drum tracks are drawn at the pitch of their keys.
    """
    canvas = _Canvas(score, width, height)
    label = escape(title or f"Piano roll of {len(score.notes)} notes")
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" aria-label="{label}">',
            f"<title>{label}</title><style>{_STYLE}</style>",
            f'<rect class="b" width="{width}" height="{height}" rx="6"/>',
            *canvas.keys(),
            *canvas.grid(),
            *canvas.notes(),
            "</svg>\n",
        ]
    )


class _Canvas:
    """Where things lie: x by tick, y by pitch."""

    def __init__(self, score: Score, width: int, height: int) -> None:
        self._score = score
        self._bars = BarGrid.of(score)
        pitches = score.notes.pitch.astype(np.int64) if len(score.notes) else np.array([60])
        missing = max(_LEAST_RANGE - int(np.ptp(pitches)), 0)
        self._lowest = int(pitches.min()) - 1 - missing // 2
        self._highest = int(pitches.max()) + 1 + missing - missing // 2
        self._right, self._floor = width - 6.0, height - _BOTTOM
        self._ticks = int(self._bars.start[-1] + self._bars.length[-1])
        self._row = (self._floor - _TOP) / (self._highest - self._lowest + 1)
        self._pixels_per_tick = (self._right - _LEFT) / self._ticks

    def keys(self) -> Iterator[str]:
        """A shade behind the black keys, a line under and a name beside each C."""
        black = [key for key in range(self._lowest, self._highest + 1) if key % 12 in _BLACK_KEYS]
        rows = "".join(f"M{_LEFT:g} {self._y(key) - self._row / 2:.1f}h{self._right - _LEFT:.1f}v{self._row:.2f}"
                       f"H{_LEFT:g}z" for key in black)  # fmt: skip
        yield f'<path class="k" d="{rows}"/>'
        for key in range(-(-self._lowest // 12) * 12, self._highest + 1, 12):
            y = self._y(key)
            yield f'<path class="g" stroke-opacity=".5" d="M{_LEFT:g} {y + self._row / 2:.1f}H{self._right:g}"/>'
            yield f'<text x="{_LEFT - 6:g}" y="{y + 3:.1f}" text-anchor="end">{pitch_name(key)}</text>'

    def grid(self) -> Iterator[str]:
        """Beat lines, bar lines and bar numbers, as many as there is room for."""
        beat = self._score.ticks_per_beat
        if beat * self._pixels_per_tick >= _LEAST_BEAT:
            beats = np.concatenate([np.arange(start + beat, start + length, beat) for start, length in self._spans()])
            yield f'<path class="g" stroke-opacity=".22" d="{self._verticals(beats)}"/>'
        every = self._every(_LEAST_BAR)
        yield f'<path class="g" stroke-opacity=".6" d="{self._verticals(self._bars.start[::every])}"/>'
        every = self._every(_LEAST_NUMBER)
        for bar in range(0, len(self._bars), every):
            yield f'<text x="{self._x(self._bars.start[bar : bar + 1])[0]:.1f}" y="11">{bar + 1}</text>'

    def notes(self) -> Iterator[str]:
        """One path for each track and strength."""
        notes = self._score.notes
        strength = np.searchsorted(_LOUDNESS, notes.velocity)
        starts, lengths = self._x(notes.onset), np.maximum(notes.duration * self._pixels_per_tick - 0.4, 0.6)
        for track in np.unique(notes.track).tolist():
            for level in np.unique(strength[notes.track == track]).tolist():
                rows = np.flatnonzero((notes.track == track) & (strength == level))
                path = "".join(
                    f"M{x:.1f} {self._y(pitch):.1f}h{length:.1f}"
                    for x, pitch, length in zip(
                        starts[rows].tolist(), notes.pitch[rows].tolist(), lengths[rows].tolist(), strict=True
                    )
                )
                yield (
                    f'<path fill="none" stroke="{_COLOURS[track % len(_COLOURS)]}" '
                    f'stroke-opacity="{_STRENGTHS[level]}" stroke-width="{max(self._row * 0.82, 1.2):.2f}" d="{path}"/>'
                )

    def _spans(self) -> list[tuple[int, int]]:
        return list(zip(self._bars.start.tolist(), self._bars.length.tolist(), strict=True))

    def _every(self, least_pixels: float) -> int:
        """The power of two of bars, on the average, that are at least so wide."""
        bar_pixels = (self._right - _LEFT) / len(self._bars)
        return 1 << max(int(np.ceil(np.log2(least_pixels / bar_pixels))), 0)

    def _verticals(self, ticks: NDArray[np.int64]) -> str:
        return "".join(f"M{x:.1f} {_TOP:g}V{self._floor:.1f}" for x in self._x(ticks).tolist())

    def _x(self, ticks: NDArray[np.int64] | NDArray[np.int32]) -> NDArray[np.float64]:
        return np.asarray(_LEFT + ticks * self._pixels_per_tick)

    def _y(self, pitch: int) -> float:
        return _TOP + (self._highest - pitch + 0.5) * self._row
