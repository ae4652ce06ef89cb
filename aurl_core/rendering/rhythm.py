"""Rhythm spelled: a voice's chords and rests in one bar as note values with dots, triplets, ties and beams.

The clock is the 24-step grid. A multiple of 3 steps is a sum of dyadic values (a 32nd is 3 steps); anything else stands
in a triplet, whose values are 1, 2, 4 … steps. So every bar that begins and ends on a step can be written exactly. No
file format lives here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Final

from aurl_core.rendering.voices import Chord

STEPS_PER_BEAT: Final = 24
NAMES: Final = ("whole", "half", "quarter", "eighth", "16th", "32nd", "64th")
"""Note values, each half as long as the one before."""

_SMALLEST_PLAIN: Final = 3
_TRIPLET_SPANS: Final = (96, 48, 24, 12)
_FLAGLESS: Final = NAMES.index("quarter")
_PLAIN_VALUES: Final = (
    (96, 0, 0),
    (72, 1, 1),
    (48, 0, 1),
    (36, 1, 2),
    (24, 0, 2),
    (18, 1, 3),
    (12, 0, 3),
    (9, 1, 4),
    (6, 0, 4),
    (3, 0, 5),
)
"""(steps, dots, index of the name), longest first."""


@dataclass(frozen=True, slots=True)
class Symbol:
    """One written note, chord or rest; `start` and `duration` are steps within the bar, `chord` is None for a rest."""

    start: int
    duration: int
    name: str
    num_dots: int
    chord: Chord | None
    is_triplet: bool = False
    opens_triplet: bool = False
    closes_triplet: bool = False
    beams: tuple[str, ...] = field(default=())
    """By level, from the eighth's beam on: begin, continue, end, forward hook or backward hook."""

    @property
    def end(self) -> int:
        return self.start + self.duration

    @property
    def num_flags(self) -> int:
        return 0 if self.chord is None else max(NAMES.index(self.name) - _FLAGLESS, 0)


def spell_bar(chords: Sequence[Chord], *, bar_start: int, bar_length: int, beam_length: int) -> list[Symbol]:
    """The symbols that fill a bar with one voice; chords that reach beyond the bar are cut at its lines.

    >>> chord = Chord(onset=0, duration=60, pitches=(60,))
    >>> [(s.name, s.num_dots) for s in spell_bar([chord], bar_start=0, bar_length=96, beam_length=24)]
    [('half', 0), ('eighth', 0), ('eighth', 0), ('quarter', 0)]
    """
    spans = list(_filled(chords, bar_start, bar_length))
    edges = {start for start, _, _ in spans} | {bar_length}
    triplets = list(_triplets(edges, 0, bar_length))
    cuts = sorted({0, bar_length, *(edge for triplet in triplets for edge in triplet)})
    symbols: list[Symbol] = []
    for start, end, chord in spans:
        inside = [start, *(cut for cut in cuts if start < cut < end), end]
        for left, right in pairwise(inside):
            triplet = next((cell for cell in triplets if cell[0] <= left < cell[1]), None)
            symbols += _in_triplet(left, right, chord, triplet) if triplet else _plain(left, right, chord)
    return _beamed(symbols, beam_length)


def _filled(chords: Sequence[Chord], bar_start: int, bar_length: int) -> Iterator[tuple[int, int, Chord | None]]:
    """The chords' spans within the bar with the silences between them, without a gap."""
    at = 0
    for chord in chords:
        start, end = max(chord.onset - bar_start, 0), min(chord.offset - bar_start, bar_length)
        if start > at:
            yield at, start, None
        yield start, end, chord
        at = end
    if at < bar_length:
        yield at, bar_length, None


def _triplets(edges: set[int], start: int, end: int) -> Iterator[tuple[int, int]]:
    """The spans to write as triplets: the longest aligned ones whose edges all lie on thirds (or sixths of a beat)."""
    if all(edge % _SMALLEST_PLAIN == 0 for edge in edges if start <= edge <= end):
        return
    span = end - start
    if span <= _TRIPLET_SPANS[-1] or (span in _TRIPLET_SPANS and start % span == 0 and _on_thirds(edges, start, end)):
        yield start, end
        return
    half = next(size for size in _TRIPLET_SPANS if size < span)
    for left in range(start, end, half):
        yield from _triplets(edges, left, min(left + half, end))


def _on_thirds(edges: set[int], start: int, end: int) -> bool:
    parts = 6 if end - start == STEPS_PER_BEAT else 3
    return all((edge - start) % ((end - start) // parts) == 0 for edge in edges if start < edge < end)


def _plain(start: int, end: int, chord: Chord | None) -> Iterator[Symbol]:
    """Dyadic values, none of which hides the beat: a value begins on a multiple of half its undotted length."""
    while start < end:
        steps, num_dots, name = next(
            value for value in _PLAIN_VALUES if _fits(*value, start=start, end=end, is_rest=chord is None)
        )
        yield Symbol(start, steps, NAMES[name], num_dots, chord)
        start += steps


def _fits(steps: int, num_dots: int, name: int, *, start: int, end: int, is_rest: bool) -> bool:
    if steps > end - start:
        return False
    undotted = 4 * STEPS_PER_BEAT >> name
    if is_rest:
        return not num_dots and start % undotted == 0
    return start % max(undotted // 2, _SMALLEST_PLAIN) == 0


def _in_triplet(start: int, end: int, chord: Chord | None, triplet: tuple[int, int]) -> Iterator[Symbol]:
    """Two thirds of the plain values, longest first; the first and last symbol of the span carry its bracket."""
    while start < end:
        name = next(i for i in range(len(NAMES)) if 64 >> i <= end - start)
        steps = 64 >> name
        is_dotted = steps % 2 == 0 and steps * 3 // 2 == end - start
        steps = steps * 3 // 2 if is_dotted else steps
        yield Symbol(
            start,
            steps,
            NAMES[name],
            int(is_dotted),
            chord,
            is_triplet=True,
            opens_triplet=start == triplet[0],
            closes_triplet=start + steps == triplet[1],
        )
        start += steps


def _beamed(symbols: list[Symbol], beam_length: int) -> list[Symbol]:
    """The symbols with their beams: neighbours with flags that begin within one beat are joined."""
    groups: list[list[int]] = []
    for index, symbol in enumerate(symbols):
        before = symbols[index - 1] if index else None
        if not symbol.num_flags:
            continue
        if before and before.num_flags and before.start // beam_length == symbol.start // beam_length:
            groups[-1].append(index)
        else:
            groups.append([index])
    beamed = list(symbols)
    for group in groups:
        flags = [symbols[index].num_flags for index in group]
        for place, index in enumerate(group):
            beamed[index] = replace(symbols[index], beams=_beams(flags, place))
    return beamed


def _beams(flags: list[int], place: int) -> tuple[str, ...]:
    """What each beam level does at one note of a group, given the number of flags of all its notes."""
    if len(flags) == 1:
        return ()
    left = flags[place - 1] if place else 0
    right = flags[place + 1] if place + 1 < len(flags) else 0
    beams = []
    for level in range(1, flags[place] + 1):
        joins = (level <= left, level <= right)
        hook = "backward hook" if left else "forward hook"
        beams.append({(True, True): "continue", (True, False): "end", (False, True): "begin"}.get(joins, hook))
    return tuple(beams)
