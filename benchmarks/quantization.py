"""How near quantized performances come to their scores: ASAP's piano performances against its score MIDI.

`python -m benchmarks.quantization --data FOLDER` reads FOLDER/asap: in each of its folders a midi_score.mid, one
performance, and the annotations of both (a beat a line). The settings were tuned on every other piece in order of path;
the columns keep the halves apart.

Truth. The annotated beats of performance and score make a map from seconds to quarter notes of the score. Every played
note is paired with the score's note of the same pitch that lies nearest by this map, within a third of a quarter note,
nearest pairs first, no note twice. The true onset of a played note is that of its partner, to 1/24 of a quarter note. A
played note is right if its quantized onset equals the true one, step for step; F1 is twice the right notes over all
notes of performance and score, so notes that are left out or added count as wrong on both sides.

With the annotated beats, steps are compared as they are. Without them nobody can know where the first bar begins or
which note value is the beat. So any grid, fixed or tracked, is read in the most favourable of seven scales (1/3, 1/2,
2/3, 1, 3/2, 2, 3, one for the whole piece) and shifted: in `one shift` by one number of steps for the whole piece; in
`shifts` by numbers that may change on the way, each change paid for with as many right notes as the score has in four
quarter notes on average (otherwise one beat missed would make all that follows wrong). `even tempo` is told the
piece's mean tempo and first beat; no grid that doesn't follow the player can know more.

Beats: mir_eval's F-measure (70 ms) against the annotation in quarter notes, and against the best of that, its double,
either half of it, and the beats as annotated. Velocities: pairs of notes within windows of 64 in which the softer
became the louder, Spearman's rank correlation there, and how much pieces differ in median and in width of the middle
half.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from mir_eval.beat import f_measure
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from scipy.interpolate import make_interp_spline
from scipy.stats import spearmanr

from aurl_core.parsing.parser import Piece, parse_file
from aurl_core.quantization.beats import heard_beats
from aurl_core.quantization.clock import Clock
from aurl_core.quantization.params import QuantizeParams
from aurl_core.quantization.quantizer import QuantizedScore, quantize_score
from aurl_core.quantization.velocity import normalised_velocity
from aurl_core.quantization.warp import warp_to_beats
from aurl_core.score.score import Score
from aurl_core.score.time import TempoMap
from tasks.params import load_params

STEPS = 24
SETTINGS = {"steps_per_beat": STEPS, "short_notes": "lengthen"}
NEAR_QUARTERS = 1 / 3
SCALES = ((1, 1), (2, 1), (1, 2), (3, 2), (2, 3), (3, 1), (1, 3))
FIXED_GRIDS = ("8th", "8th_triplet", "16th", "16th_triplet", "32nd")
WINDOW = 64

Steps = NDArray[np.int64]


@dataclass(frozen=True)
class Pair:
    """A performance, its score, and when the score's quarters are played."""

    score: Score
    performance: Score
    beat_seconds: NDArray[np.float64]
    beat_quarters: NDArray[np.float64]
    """Where the beats are in the score."""

    def quarters(self, seconds: NDArray[np.float64]) -> NDArray[np.float64]:
        """Where in the score each time of the performance is; outside the beats time goes on as at their edge."""
        return make_interp_spline(self.beat_seconds, self.beat_quarters, k=1)(seconds)

    @property
    def quarter_seconds(self) -> NDArray[np.float64]:
        """When each quarter note of the score is played."""
        place = self.beat_quarters
        return np.interp(np.arange(np.ceil(place[0]), np.floor(place[-1]) + 1), place, self.beat_seconds)


def pairs(folder: Path) -> Iterator[Pair]:
    for file in sorted(folder.rglob("midi_score.mid")):
        performed = next(path for path in sorted(file.parent.glob("*.mid")) if path != file)
        score, performance = read(file), read(performed)
        seconds = annotated(performed.with_name(f"{performed.stem}_annotations.txt"))
        in_score = annotated(file.with_name("midi_score_annotations.txt"))
        quarters = TempoMap.of(score).ticks(in_score) / score.ticks_per_beat
        kept = np.diff(seconds, prepend=-np.inf) > 0
        yield Pair(score, performance, seconds[kept], quarters[kept])


def read(file: Path) -> Score:
    piece = parse_file(file, load_params().parse)
    assert isinstance(piece, Piece), piece
    return piece.score


def annotated(file: Path) -> NDArray[np.float64]:
    return np.array([float(line.split("\t")[0]) for line in file.read_text().splitlines()])


def true_onsets(pair: Pair) -> Steps:
    """The true onset of each played note in steps, or -1."""
    played, written = pair.performance.notes, pair.score.notes
    place = pair.quarters(TempoMap.of(pair.performance).seconds(played.onset))
    onset = written.onset / pair.score.ticks_per_beat
    truth = np.full(len(played), -1)
    for pitch in np.unique(played.pitch):
        mine, its = np.flatnonzero(played.pitch == pitch), np.flatnonzero(written.pitch == pitch)
        distance = np.abs(place[mine][:, None] - onset[its])
        near = np.argwhere(distance < NEAR_QUARTERS)
        for row, column in near[np.argsort(distance[tuple(near.T)], kind="stable")]:
            if np.isfinite(distance[row, column]):
                truth[mine[row]] = round(onset[its[column]] * STEPS)
                distance[row], distance[:, column] = np.inf, np.inf
    return truth


class Judge:
    """What is right in a piece."""

    def __init__(self, pair: Pair) -> None:
        self.truth = true_onsets(pair)
        self.is_paired = self.truth >= 0
        self.num_notes = len(pair.score.notes) + len(pair.performance.notes)
        self.shift_cost = 4 * len(pair.score.notes) / np.ptp(pair.beat_quarters)

    def as_it_is(self, onset: Steps) -> float:
        return 2 * np.count_nonzero((onset == self.truth) & self.is_paired) / self.num_notes

    def one_shift(self, onset: Steps) -> float:
        return self._shifted(onset, lambda shifts: np.unique(shifts, return_counts=True)[1].max())

    def shifts(self, onset: Steps) -> float:
        return self._shifted(onset, lambda shifts: most_right(shifts.tolist(), self.shift_cost))

    def _shifted(self, onset: Steps, right: Callable[[Steps], float]) -> float:
        truth, found = self.truth[self.is_paired], onset[self.is_paired]
        return 2 * max(right(truth * below - found * above) for above, below in SCALES) / self.num_notes


def most_right(shifts: list[int], cost: float) -> float:
    """The most notes right, less `cost` for each change of shift, when note i is right under shift `shifts[i]`."""
    best, right = 0.0, dict[int, float]()
    for shift in shifts:
        right[shift] = 1 + max(right.get(shift, 0.0), best - cost)
        best = max(best, right[shift])
    return best


def in_played_order(quantized: QuantizedScore) -> Steps:
    """The quantized onset of each note in the order of the source (no note is dropped)."""
    played = quantized.played
    order = np.lexsort((played.duration, played.pitch, played.track, played.onset))
    return quantized.score.notes.onset[order].astype(np.int64)


def params(mode: str, grid: str = "steps") -> QuantizeParams:
    return QuantizeParams.model_validate(SETTINGS | {"mode": mode, "grid": grid})


def annotated_figures(pair: Pair, judge: Judge) -> dict[str, float]:
    lengths = np.diff(pair.beat_quarters)
    clock = warp_to_beats(pair.performance, pair.beat_seconds, quarters_per_beat=lengths, steps_per_beat=STEPS)
    first_beat = TempoMap.of(pair.performance).seconds(clock.beat_ticks[:1])
    start = round(float(pair.quarters(first_beat)[0]) * STEPS)

    def f1(mode: str, grid: str = "steps") -> float:
        quantized = quantize_score(pair.performance, params(mode, grid), clock=clock)
        return judge.as_it_is(start + in_played_order(quantized))

    fixed = {grid: f1("strict", grid) for grid in FIXED_GRIDS}
    return {
        **{f"fixed {grid}": value for grid, value in fixed.items()},
        "fixed, best of the five for each piece": max(fixed.values()),
        "strict, 24 steps": f1("strict"),
        "adaptive": f1("adaptive"),
        "notes with a partner: the most that could be": 2 * np.count_nonzero(judge.is_paired) / judge.num_notes,
    }


def blind_grids(pair: Pair, beats: NDArray[np.float64]) -> dict[str, Steps]:
    """Onsets on grids that know nothing of the annotation but what their names say."""
    performance, quarters = pair.performance, pair.quarter_seconds
    even = quarters[0] + np.arange(len(quarters)) * np.ptp(quarters) / (len(quarters) - 1)
    clocks = {
        "fixed 16th, the file's tempo": Clock(performance.ticks_per_beat, STEPS),
        "fixed 16th, even tempo (told)": warp_to_beats(performance, even, steps_per_beat=STEPS),
        "fixed 16th, tracked beats": warp_to_beats(performance, beats, steps_per_beat=STEPS),
    }
    grids = {
        name: in_played_order(quantize_score(performance, params("strict", "16th"), clock=clock))
        for name, clock in clocks.items()
    }
    tracked = clocks["fixed 16th, tracked beats"]
    for name, mode in (("strict, tracked beats", "strict"), ("adaptive, tracked beats", "adaptive")):
        grids[name] = in_played_order(quantize_score(performance, params(mode), clock=tracked))
    return grids


def beat_figures(pair: Pair, beats: NDArray[np.float64]) -> dict[str, float]:
    quarters = pair.quarter_seconds
    doubled = np.interp(np.arange(0, len(quarters) - 0.5, 0.5), np.arange(len(quarters)), quarters)
    levels = (quarters, doubled, quarters[::2], quarters[1::2], pair.beat_seconds)
    return {
        "beats, quarter notes": f_measure(quarters, beats),
        "beats, best level": max(f_measure(level, beats) for level in levels),
    }


def velocity_figures(performances: list[Score], velocity: str) -> dict[str, float]:
    settings = QuantizeParams.model_validate(params("off").model_dump() | {"velocity": velocity})
    correlations, inverted, spreads = [], 0, []
    for performance in performances:
        played = performance.notes.velocity
        moved = normalised_velocity(played, settings)
        spreads.append((np.median(moved), np.subtract(*np.percentile(moved, (75, 25)))))
        for start in range(0, len(played) - WINDOW + 1, WINDOW):
            before, after = (column[start : start + WINDOW].astype(int) for column in (played, moved))
            if np.ptp(before):
                correlations.append(spearmanr(before, after).statistic)
            inverted += np.count_nonzero(
                np.sign(np.subtract.outer(before, before)) * np.subtract.outer(after, after) < 0
            )
    return {
        "inverted pairs": inverted,
        "rank correlation, mean": float(np.mean(correlations)),
        "rank correlation, least": float(np.min(correlations)),
        "deviation of medians": float(np.std(spreads, axis=0)[0]),
        "deviation of widths": float(np.std(spreads, axis=0)[1]),
    }


def timings(performances: list[Score], repeats: int) -> dict[str, float]:
    """Milliseconds of the median piece, each piece the median of its rounds."""
    auto = params("adaptive").model_copy(update={"beats": "auto"})
    runs = {"strict": params("strict"), "adaptive": params("adaptive"), "adaptive, beats tracked": auto}

    def milliseconds(score: Score, settings: QuantizeParams) -> float:
        start = time.process_time()
        quantize_score(score, settings)
        return 1000 * (time.process_time() - start)

    return {
        name: statistics.median(
            statistics.median(milliseconds(score, settings) for _ in range(repeats)) for score in performances
        )
        for name, settings in runs.items()
    }


def table_of(title: str, columns: tuple[str, ...], rows: dict[str, tuple[float, ...]]) -> Table:
    table = Table("", *columns, title=title)
    for name, values in rows.items():
        table.add_row(name, *(f"{value:.3f}" for value in values))
    return table


def halves(figures: list[dict[str, float]]) -> dict[str, tuple[float, ...]]:
    """The mean of each figure over the pieces that were not tuned on, and over those that were."""
    return {name: tuple(float(np.mean([one[name] for one in figures[k::2]])) for k in (1, 0)) for name in figures[0]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds asap/")
    parser.add_argument("--repeats", type=int, default=5, help="rounds of each timing")
    options = parser.parse_args()
    if not (found := list(pairs(options.data / "asap"))):
        raise SystemExit(f"{options.data / 'asap'} holds no midi_score.mid; name its parent with --data")
    told, blind, beats = [], [], []
    for pair in found:
        judge, heard = Judge(pair), heard_beats(pair.performance)
        grids = blind_grids(pair, heard)
        told.append(annotated_figures(pair, judge))
        blind.append(
            {f"{name}, shifts": judge.shifts(onset) for name, onset in grids.items()}
            | {f"{name}, one shift": judge.one_shift(onset) for name, onset in grids.items()}
        )
        beats.append(beat_figures(pair, heard))
    performances = [pair.performance for pair in found]
    columns = (f"{len(found[1::2])} others", f"{len(found[::2])} tuned on")
    by_mode = {mode: velocity_figures(performances, mode) for mode in ("off", "median", "range")}
    velocities = {name: tuple(one[name] for one in by_mode.values()) for name in by_mode["off"]}
    spent = {name: (value,) for name, value in timings(performances, options.repeats).items()}
    Console().print(
        table_of("onset F1 with the annotated beats", columns, halves(told)),
        table_of("onset F1 without them", columns, halves(blind)),
        table_of("beat F", columns, halves(beats)),
        table_of("velocities", tuple(by_mode), velocities),
        table_of("a piece", ("ms",), spent),
    )


if __name__ == "__main__":
    main()
