"""The grammar of a MidiTok vocabulary: its own graph of which type of token may follow which, for B pieces at once.

An id that BPE made of several base tokens is judged by the first of them and leaves the state that all of them leave;
in between it is legal, having been learned from pieces. Where MidiTok's graph lets a piece end within a note, or lets
drums sound on another program, this one does not. Shapes: B batch, V vocabulary, L longest id in base tokens, K types.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from aurl_core.tokens.grammar import Mask
from aurl_core.tokens.vocabulary import BOS, EOS, PAD, SPECIAL_TOKENS

Numbers = NDArray[np.int64]
Figures = NDArray[np.float64]

_MELODIC: Final = {"Pitch", "NoteOn", "NoteOff"}
_DRUMS: Final = {"PitchDrum", "DrumOn", "DrumOff"}
_MOVING: Final = {"Bar", "Position", "TimeShift", "Beat"}
"""Types that move time: where one of them may come, nothing is left unsaid."""
_NOTHING, _SHIFT, _BAR, _POSITION, _BEAT, _METER, _TEMPO, _TRACK = range(8)
_EFFECTS: Final = {
    "TimeShift": _SHIFT, "Bar": _BAR, "Position": _POSITION, "Beat": _BEAT, "TimeSig": _METER, "Tempo": _TEMPO,
    "Track-Start": _TRACK,
}  # fmt: skip
_NO_POSITION: Final = -1
_DEFAULT_BPM: Final = 120.0
_FAR: Final = 1 << 30


def type_of(token: str) -> str:
    """The type of a base token; programs of drums and the two ends of a track are types of their own.

    >>> type_of("Pitch_60"), type_of("Program_-1"), type_of("Track_End")
    ('Pitch', 'Program-Drums', 'Track-End')
    """
    kind, _, value = token.partition("_")
    if kind == "Track":
        return f"Track-{value}"
    return "Program-Drums" if token == "Program_-1" else kind


@dataclass(frozen=True, slots=True, eq=False)
class AdapterState:
    """Where each of B pieces stands. Never changed in place: `advance` makes another."""

    last: Numbers
    """(B,) the last id; -1 before BOS."""
    kind: Numbers
    """(B,) the type of the last base token."""
    beats: Figures
    """(B,) quarter notes since the start, as far as any track has come."""
    seconds: Figures
    """(B,) the same in seconds."""
    now: Figures
    """(B,) quarter notes since the start in the track that is being written."""
    bar_start: Figures
    """(B,) where the bar began, quarter notes; negative before the first."""
    bar_beats: Figures
    """(B,) length of a bar, quarter notes."""
    beat: Figures
    """(B,) length of what the meter counts, quarter notes."""
    position: Numbers
    """(B,) the last position said in the bar, or -1."""
    bpm: Figures
    """(B,) the tempo."""

    def take(self, rows: Mask) -> Self:
        """The state of the pieces at `rows` alone."""
        return type(self)(*(getattr(self, column.name)[rows] for column in fields(self)))


class AdapterGrammar:
    """The legal successors of a vocabulary given as the base tokens of each id (`spelled`), and MidiTok's graph."""

    def __init__(self, spelled: Sequence[Sequence[str]], graph: Mapping[str, set[str]], *, steps_per_beat: int) -> None:
        self._steps_per_beat = steps_per_beat
        kinds = sorted({type_of(token) for tokens in spelled for token in tokens})
        number = {kind: place for place, kind in enumerate(kinds)}
        longest = max(map(len, spelled))
        size = (len(spelled), longest)
        self._effect, self._first_value, self._second_value = np.zeros(size, np.int64), np.zeros(size), np.ones(size)
        for row, tokens in enumerate(spelled):
            for place, token in enumerate(tokens):
                effect, *values = _effect_of(token, steps_per_beat)
                self._effect[row, place] = effect
                self._first_value[row, place], self._second_value[row, place] = values
        self._first_kind = np.array([number[type_of(tokens[0])] for tokens in spelled])
        self._last_kind = np.array([number[type_of(tokens[-1])] for tokens in spelled])
        self._bounds = np.array([_positions_before_bar(tokens) for tokens in spelled])
        """(V, 2) the first and the last position that each id says of the bar it begins in; -1, -1 if none."""
        self._follows = _successors(kinds, graph)
        """(K, K)"""
        self._distance = _distances(self._follows, self._first_kind, self._last_kind)
        """(V,) ids still needed after each one until EOS."""

    def start(self, batch: int) -> AdapterState:
        """The state of `batch` pieces of which nothing is written yet: BOS comes first."""
        nothing = np.zeros(batch)
        return AdapterState(
            last=np.full(batch, -1),
            kind=np.full(batch, self._last_kind[BOS]),
            beats=nothing,
            seconds=nothing,
            now=nothing,
            bar_start=np.full(batch, -1.0),
            bar_beats=np.full(batch, 4.0),
            beat=np.ones(batch),
            position=np.full(batch, _NO_POSITION),
            bpm=np.full(batch, _DEFAULT_BPM),
        )

    def allowed(self, state: AdapterState, *, longest_beats: float = np.inf) -> Mask:
        """(B, V) the ids that may come next; at least one in every row. Positions ascend within a bar and lie in it.

        `longest_beats` changes nothing: no note needs an id to end it.
        """
        allowed: Mask = self._follows[state.kind][:, self._first_kind]
        first, last = self._bounds.T
        positions_per_bar = np.rint(state.bar_beats / state.beat * self._steps_per_beat)[:, None]
        allowed &= (first < 0) | ((first > state.position[:, None]) & (last < positions_per_bar))
        only = np.where(state.last < 0, BOS, np.where((state.last == EOS) | (state.last == PAD), PAD, -1))
        rows = np.flatnonzero(only >= 0)
        allowed[rows] = np.arange(allowed.shape[1]) == only[rows, None]
        return allowed

    def closing(self, state: AdapterState) -> Mask:
        """(B, V) the allowed ids that bring each piece to its end with the fewest tokens."""
        allowed = self.allowed(state)
        distance = np.where(allowed, self._distance, _FAR)
        closing: Mask = allowed & (distance == distance.min(axis=1, keepdims=True))
        return closing

    def advance(self, state: AdapterState, ids: NDArray[np.integer]) -> AdapterState:
        """The state after one more id (B,) in each piece; ids that are not allowed lead to a state without meaning."""
        last = ids.astype(np.int64)
        clock = {name: getattr(state, name) for name in AdapterState.__slots__ if name not in ("last", "kind")}
        for place in range(self._effect.shape[1]):
            effect = self._effect[last, place]
            if effect.any():
                clock = _moved(clock, effect, self._first_value[last, place], self._second_value[last, place])
        return AdapterState(last=last, kind=self._last_kind[last], **clock)


def _effect_of(token: str, steps_per_beat: int) -> tuple[int, float, float]:
    """What a base token does to the clock, and its two values.

    TimeShift, Position: beats of the meter · TimeSig: quarter notes a bar and a beat · Tempo: beats per minute.
    """
    value = token.partition("_")[2]
    effect = _EFFECTS.get(type_of(token), _NOTHING)
    if effect == _SHIFT:
        whole, part, resolution = map(int, value.split("."))
        return effect, whole + part / resolution, 1.0
    if effect == _POSITION:
        return effect, float(value), float(steps_per_beat)
    if effect == _METER:
        above, below = map(int, value.split("/"))
        return effect, above * 4 / below, 4 / below
    return effect, float(value) if effect == _TEMPO else 0.0, 1.0


def _positions_before_bar(tokens: Sequence[str]) -> tuple[int, int]:
    found = []
    for token in tokens:
        kind, _, value = token.partition("_")
        if kind in ("Bar", "TimeSig"):
            break
        if kind == "Position":
            found.append(int(value))
    return (found[0], found[-1]) if found else (_NO_POSITION, _NO_POSITION)


def _moved(clock: Mapping[str, Any], effect: Numbers, first: Figures, second: Figures) -> dict[str, Any]:
    """The clock's columns after one base token in each piece."""
    is_bar, is_meter, is_beat = effect == _BAR, effect == _METER, effect == _BEAT
    is_position, is_track = effect == _POSITION, effect == _TRACK
    bar_beats = np.where(is_meter, first, clock["bar_beats"])
    beat = np.where(is_meter, second, clock["beat"])
    next_bar = np.where(clock["bar_start"] < 0, 0.0, clock["bar_start"] + clock["bar_beats"])
    bar_start = np.where(is_track, -1.0, np.where(is_bar, next_bar, clock["bar_start"]))
    counted = np.where(is_bar | is_track, _NO_POSITION, clock["position"])
    position = np.where(is_position, first, np.where(is_beat, counted + 1, counted)).astype(np.int64)
    in_bar = np.where(is_position, first / second, position) * beat
    now = np.where(effect == _SHIFT, clock["now"] + first * beat, clock["now"])
    now = np.where(is_bar, bar_start, np.where(is_position | is_beat, bar_start + in_bar, np.where(is_track, 0.0, now)))
    passed = np.maximum(now - clock["beats"], 0)
    bpm = np.where(effect == _TEMPO, first, clock["bpm"])
    seconds = clock["seconds"] + passed * 60 / bpm
    return {
        "beats": clock["beats"] + passed, "seconds": seconds, "now": now, "bar_start": bar_start,
        "bar_beats": bar_beats, "beat": beat, "position": position, "bpm": bpm,
    }  # fmt: skip


def _successors(kinds: Sequence[str], graph: Mapping[str, set[str]]) -> Mask:
    """(K, K) which type may follow which, from MidiTok's graph."""
    has_tracks = "Track-Start" in kinds
    music = {kind for kind in kinds if kind not in SPECIAL_TOKENS and not kind.startswith("Track-")}
    follows = {kind: _in_graph(kind, graph) & music for kind in music}
    whole = {kind for kind in music if follows[kind] & _MOVING}
    if has_tracks:  # their graph knows neither how a track begins nor that it has to end
        programs = {kind for kind in music if kind.startswith("Program")}
        follows |= dict.fromkeys(programs, {"Bar", "TimeShift"} & music)
        follows |= {kind: follows[kind] - programs | {"Track-End"} for kind in whole - programs}
        follows |= {"Track-Start": programs, "Track-End": {"Track-Start", "EOS"}, "BOS": {"Track-Start", "EOS"}}
    else:
        first = {"Bar"} & music or _after_silence(follows)
        follows |= {"BOS": first | {"EOS"}} | {kind: follows[kind] | {"EOS"} for kind in whole}
    return np.array([[other in follows.get(kind, ()) for other in kinds] for kind in kinds])


def _after_silence(follows: Mapping[str, set[str]]) -> set[str]:
    """What a piece without bars may begin with: whatever may come after a TimeShift, and that itself."""
    return follows["TimeShift"] | {"TimeShift"}


def _in_graph(kind: str, graph: Mapping[str, set[str]]) -> set[str]:
    """What MidiTok lets follow a type, drums after the program of drums alone."""
    found = set(graph[kind.removesuffix("-Drums")])
    if "Program" in found:
        found.add("Program-Drums")
    if kind == "Program-Drums":
        return found - _MELODIC
    return found - _DRUMS if kind == "Program" else found


def _distances(follows: Mask, first_kind: Numbers, last_kind: Numbers) -> Numbers:
    """(V,) how many ids are needed after each id until a piece has ended, by types alone."""
    distance = np.where(np.arange(len(first_kind)) == EOS, 0, _FAR)
    while True:
        nearest = np.full(len(follows), _FAR)
        np.minimum.at(nearest, first_kind, distance)
        by_kind = np.where(follows, nearest, _FAR).min(axis=1)
        found = np.minimum(distance, np.minimum(by_kind[last_kind] + 1, _FAR))
        if np.array_equal(found, distance):
            return distance
        distance = found
