"""The studies measured against people's labels: `python -m benchmarks.studies --data FOLDER`.

FOLDER holds some of these; what is missing is left out:
    chords_pop909cl/{midi,labels,keys}       POP909-CL: chords and keys
    chorales_wir/{midi,labels,phrases}       Bach chorales with the analyses of When in Rome: chords, keys, fermatas
    pop909/NNN/{NNN.mid,structure_human_label1.txt,structure_human_label2.txt,hier_melody.txt}    POP909: form, melody

The numeric settings of the studies were tuned on pieces whose number in the folder is even or a multiple of three, so
two pieces in six are measured, those that were not; --all measures every piece. The choice among the three key profiles
was made on all pieces, so key_exact is a little flattering.
"""

from __future__ import annotations

import argparse
import csv
import re
import time
import warnings
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import mir_eval
import numpy as np
import symusic
import yaml
from numpy.typing import NDArray

from aurl_core.score.key import key_name
from aurl_core.score.score import WHOLE_PIECE, Events, Notes, Score, Track
from aurl_core.studies.chords.keys import KeyStudy
from aurl_core.studies.chords.recognition import ChordStudy
from aurl_core.studies.melody.extraction import ends_phrase, extract_melody
from aurl_core.studies.params import StudyParams
from aurl_core.studies.structure.form import SectionStudy

STEPS_PER_BEAT = 24
SIXTEENTH = STEPS_PER_BEAT // 4
BAR = STEPS_PER_BEAT * 4
PIECE = {"piece_id": "0"}
MIN_ALIGNED = 0.9
"""A song's form is measured if this part of its labelled melody is found in its MIDI."""

Figures = dict[str, float]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with the labelled corpora")
    parser.add_argument("--params", type=Path, default=Path("params.yaml"), help="settings to measure")
    parser.add_argument("--all", action="store_true", help="measure the pieces that settings were tuned on, too")
    arguments = parser.parse_args()
    params = StudyParams.model_validate(yaml.safe_load(arguments.params.read_text())["study"])
    measures: dict[str, Callable[[Path, StudyParams, bool], Figures]] = {
        "chords_pop909cl": measure_harmony,
        "chorales_wir": measure_chorales,
        "pop909": measure_songs,
    }
    figures: Figures = {}
    for corpus, measure in measures.items():
        if (arguments.data / corpus).is_dir():
            start = time.perf_counter()
            found = measure(arguments.data / corpus, params, arguments.all)
            print(f"{corpus} ({time.perf_counter() - start:.0f} s)")
            for name, value in found.items():
                print(f"    {name:<32}{value:8.3f}")
            figures |= {f"{corpus}_{name}": value for name, value in found.items()}
    print(" ".join(f"{name}={value:.4f}" for name, value in figures.items()))


def measure_harmony(folder: Path, params: StudyParams, is_all: bool) -> Figures:
    """Chords by mir_eval's majmin, weighted by duration over all pieces; keys by exact match with the longest one.

    `confidence` is the chords' mean where they were judged: as much as the accuracy if it is honest. Pieces whose
    labels stand in another key than the MIDI are left out and counted.
    """
    chords, keys = ChordStudy(params), KeyStudy(params)
    judged, key_hits, num_transposed = np.zeros(3), [], 0
    for path in measured(sorted((folder / "midi").glob("*.mid")), is_all):
        score, labels = read_score(path), read_rows(folder / "labels" / f"{path.stem}.tsv")
        found = chords.analyze(PIECE, score).to_pydict()
        if label_transposition(labels, found):
            num_transposed += 1
            continue
        judged += majmin_sums(labels, found)
        key_hits.append(keys.analyze(PIECE, score)["key"][0].as_py() == labelled_key(folder, path.stem, labels))
    right, total, confidence = judged
    return {
        "majmin": right / total,
        "confidence": confidence / total,
        "key_exact": float(np.mean(key_hits)),
        "num_pieces": len(key_hits),
        "num_transposed": num_transposed,
    }


def label_transposition(rows: list[dict[str, str]], found: dict[str, list]) -> int:
    """By how many semitones the found roots lie above the labelled ones, in most beats: 0 unless labels are off."""
    start = np.array([float(row["start_qn"]) for row in rows])
    at = np.maximum(np.searchsorted(start, np.array(found["beat"]), side="right") - 1, 0)
    label = np.array([int(row["root_pc"]) if row["root_pc"] else -1 for row in rows])[at]
    root = np.array(found["root"])
    is_chord = (label >= 0) & (root >= 0)
    return int(np.bincount((root - label)[is_chord] % 12, minlength=12).argmax())


def majmin_sums(rows: list[dict[str, str]], found: dict[str, list]) -> NDArray[np.float64]:
    """Beats with the right chord, beats that are judged, and confidence summed over those."""
    start = np.array(found["beat"])
    end = start + np.array(found["duration_steps"]) / STEPS_PER_BEAT
    sums = np.zeros(3)
    for row in rows:
        overlap = np.minimum(end, float(row["end_qn"])) - np.maximum(start, float(row["start_qn"]))
        for beat in np.flatnonzero(overlap > 0):
            verdict = majmin(row["harte"], found["label"][beat])
            if verdict >= 0:
                sums += overlap[beat] * np.array([verdict, 1.0, found["confidence"][beat]])
    return sums


@cache
def majmin(reference: str, found: str) -> float:
    """1 right, 0 wrong, -1 not judged (neither major nor minor, or no chord name)."""
    try:
        return float(mir_eval.chord.majmin([reference], [found])[0])
    except mir_eval.chord.InvalidChordException:
        return -1.0


def labelled_key(folder: Path, stem: str, labels: list[dict[str, str]]) -> str:
    """The key that holds longest, by the key signatures (sharps, mode) or else by the chords' own key column."""
    beats: dict[int, float] = {}
    if "key" in labels[0]:
        for row in labels:
            key = key_number(row["key"])
            beats[key] = beats.get(key, 0.0) + float(row["end_qn"]) - float(row["start_qn"])
    else:
        rows = read_rows(folder / "keys" / f"{stem}.tsv")
        ends = [float(row["start_qn"]) for row in rows[1:]] + [float(labels[-1]["end_qn"])]
        for row, end in zip(rows, ends, strict=True):
            is_minor = int(row["minor"])
            key = 12 * is_minor + (int(row["sharps"]) * 7 + 9 * is_minor) % 12
            beats[key] = beats.get(key, 0.0) + end - float(row["start_qn"])
    return key_name(max(beats, key=lambda key: beats[key]))


def key_number(name: str) -> int:
    """Key number (see the key study) of a name such as `B-` or `f#`."""
    tonic = mir_eval.chord.pitch_class_to_semitone(name[0].upper() + name[1:].replace("-", "b"))
    return 12 * name[0].islower() + tonic % 12


def measure_chorales(folder: Path, params: StudyParams, is_all: bool) -> Figures:
    """Harmony as above; phrases by F of their ends against the fermatas in the soprano, mean over pieces."""
    scores = []
    for path in measured(sorted((folder / "midi").glob("*.mid")), is_all):
        score = read_score(path)
        melody = extract_melody(score, params=params.melody)
        is_end = ends_phrase(melody, ticks_per_beat=STEPS_PER_BEAT, params=params.melody)
        fermatas = {float(row["phrase_end_qn"]) for row in read_rows(folder / "phrases" / f"{path.stem}.tsv")}
        scores.append(f_measure(set((melody.offset[is_end] / STEPS_PER_BEAT).tolist()), fermatas))
    return measure_harmony(folder, params, is_all) | {"phrase_f": float(np.mean(scores))}


def measure_songs(folder: Path, params: StudyParams, is_all: bool) -> Figures:
    """Form and melody of POP909, means over songs.

    section_f: F of section beginnings on the exact bar against the first human label, piece start left out, in songs
    whose bar lines agree with the label's; every_4_bars starts at the label's first bar; human is the second label.
    letter_f: F of the pairs of bars that bear the same letter, likewise; here human is the second label, too.
    melody_f: F of (onset, pitch) against the track MELODY with the tracks' names hidden, and all merged into one.
    """
    melodies, merged, forms = [], [], []
    study = SectionStudy(params)
    for path in measured(sorted(folder.glob("*/*.mid")), is_all):
        score = read_score(path)
        tune = note_set(score.notes.take(score.notes.track == 0))
        melodies.append(f_measure(note_set(extract_melody(score, params=params.melody)), tune))
        notes = score.notes
        one = Notes.of(onset=notes.onset, duration=notes.duration, pitch=notes.pitch, velocity=notes.velocity)
        alone = Score(STEPS_PER_BEAT, one, (Track(),), score.events)
        merged.append(f_measure(note_set(extract_melody(alone, params=params.melody)), tune))
        forms += form_scores(folder.parent / "chords_pop909cl" / "midi" / path.name, path.parent, study)
    found, regular, human, letters, human_letters = np.mean(forms, axis=0) if forms else np.full(5, np.nan)
    return {
        "section_f": found,
        "section_f_every_4_bars": regular,
        "section_f_human": human,
        "letter_f": letters,
        "letter_f_human": human_letters,
        "num_songs_with_form": len(forms),
        "melody_f": float(np.mean(melodies)),
        "melody_f_merged": float(np.mean(merged)),
        "num_songs": len(melodies),
    }


def form_scores(midi: Path, labels: Path, study: SectionStudy) -> list[tuple[float, ...]]:
    """F of beginnings by the study, every four bars and the second human, and of letters by the study and the human.

    Empty if bar lines cannot be compared.
    """
    if not midi.exists():
        return []
    score = read_score(midi)
    start, aligned = label_start(score, labels / "hier_melody.txt")
    meters = score.events.select("time_signature")
    is_common_time = meters.number.tolist() == [4] and meters.value.tolist() == [4.0]
    if aligned < MIN_ALIGNED or start % BAR or not is_common_time:
        return []
    first_bar = start // BAR
    one, two = (labelled_sections(labels / f"structure_human_label{n}.txt", first_bar) for n in (1, 2))
    rows = study.analyze(PIECE, score).to_pylist()
    found = [(row["start_bar"], row["end_bar"], row["label"]) for row in rows]
    regular = set(range(first_bar, rows[-1]["end_bar"], 4)) - {0}
    beginnings = [f_measure(each, begins(one)) for each in (begins(found), regular, begins(two))]
    span = (first_bar, min(one[-1][1], rows[-1]["end_bar"]))
    return [(*beginnings, *(f_measure(pairs(each, span), pairs(one, span)) for each in (found, two)))]


Sections = list[tuple[int, int, str]]
"""First bar, bar after the last, letter."""


def labelled_sections(path: Path, first_bar: int) -> Sections:
    """The sections of a label such as i4A8B8."""
    parts = re.findall(r"([A-Za-z])(\d+)", path.read_text())
    ends = first_bar + np.cumsum([int(bars) for _, bars in parts])
    return [(int(end) - int(bars), int(end), letter) for (letter, bars), end in zip(parts, ends, strict=True)]


def begins(sections: Sections) -> set[int]:
    return {start for start, _, _ in sections} - {0}


def pairs(sections: Sections, span: tuple[int, int]) -> set[tuple[int, int]]:
    """The pairs of bars within `span` that bear the same letter."""
    letters = {bar: letter for start, end, letter in sections for bar in range(start, end) if span[0] <= bar < span[1]}
    bars = sorted(letters)
    return {(one, two) for one in bars for two in bars if one < two and letters[one] == letters[two]}


def label_start(score: Score, path: Path) -> tuple[int, float]:
    """Where the labels' first bar lies in the MIDI, in steps, and the part of their melody that is found there."""
    rows = np.array([line.split() for line in path.read_text().splitlines() if line.strip()], int)
    onset = np.cumsum(rows[:, 1]) - rows[:, 1]
    tune = list(zip(onset[rows[:, 0] > 0].tolist(), rows[rows[:, 0] > 0, 0].tolist(), strict=True))
    sixteenths = np.rint(score.notes.onset / SIXTEENTH).astype(int)
    there = set(zip(sixteenths.tolist(), score.notes.pitch.tolist(), strict=True))
    hits = {shift: sum((at + shift, pitch) in there for at, pitch in tune) for shift in range(-32, 128)}
    best = max(hits, key=lambda shift: hits[shift])
    return best * SIXTEENTH, hits[best] / max(len(tune), 1)


def f_measure(found: set, reference: set) -> float:
    """2 |found ∩ reference| / (|found| + |reference|)."""
    return 2 * len(found & reference) / max(len(found) + len(reference), 1)


def note_set(notes: Notes) -> set[tuple[int, int]]:
    return set(zip(notes.onset.tolist(), notes.pitch.tolist(), strict=True))


def measured(paths: list[Path], is_all: bool) -> Iterator[Path]:
    yield from (path for number, path in enumerate(paths) if is_all or number % 6 in (1, 5))


def read_rows(path: Path) -> list[dict[str, str]]:
    with path.open() as file:
        return list(csv.DictReader(file, delimiter="\t"))


def read_score(path: Path) -> Score:
    """A MIDI file on the 24-step grid, its tracks without names."""
    source = symusic.Score(str(path))
    scale = STEPS_PER_BEAT / source.ticks_per_quarter
    columns = [track.notes.numpy() for track in source.tracks]
    onset = np.concatenate([each["time"] for each in columns])
    offset = np.rint((onset + np.concatenate([each["duration"] for each in columns])) * scale)
    notes = Notes.of(
        onset=np.rint(onset * scale),
        duration=np.maximum(offset - np.rint(onset * scale), 1),
        pitch=np.concatenate([each["pitch"] for each in columns]),
        velocity=np.concatenate([each["velocity"] for each in columns]),
        track=np.repeat(np.arange(len(columns)), [len(each["pitch"]) for each in columns]),
    )
    meters = [
        ("time_signature", round(each.time * scale), WHOLE_PIECE, each.numerator, float(each.denominator), "")
        for each in source.time_signatures
    ]
    tracks = tuple(Track(program=track.program, is_drum=track.is_drum) for track in source.tracks)
    return Score(STEPS_PER_BEAT, notes, tracks, Events.of(meters))


if __name__ == "__main__":
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        main()
