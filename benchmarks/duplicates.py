"""Are pieces found again? Precision and recall of near-duplicates: `python -m benchmarks.duplicates --data FOLDER`.

FOLDER holds some of these; what is missing is left out:
    pop909/NNN/NNN.mid, nottingham/midi, chorales_wir/midi, asap     pieces of which variants are made (edits.py)
    pop909 and chords_pop909cl/midi       the same songs in two editions: the number in the name says which
    asap/.../midi_score.mid and one performance beside it            scores and people playing them

Recall is the share of pieces that are linked with their own variant. A false pair links different pieces that were not
linked before variants came; links among the originals are listed, since most of them are true (tunes in two settings,
chorales over one melody). `--every 3` takes each third piece of the first table; the settings are those of params.yaml.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from aurl_core.corpus.params import NearDuplicateConfig
from aurl_core.corpus.similarity import NUM_HASHES, Signatures, line_signatures, near_duplicates
from aurl_core.parsing.parser import Piece, parse_file
from aurl_core.quantization.quantizer import quantize_score
from aurl_core.random_streams import stream
from aurl_core.score.fingerprint import fingerprint
from aurl_core.score.score import Score
from benchmarks.edits import EDITS
from tasks.params import Params, load_params

SETS = {"pop909": "*/*.mid", "nottingham": "midi/*.mid", "chorales_wir": "midi/*.mid", "asap": "**/midi_score.mid"}
OTHER_PIECE = 7
"""Bars that are put in come from the piece so many further on."""
COPIED_SHARE = 0.25
"""The part of its n-grams that a made-up copy keeps, when a large corpus is imitated."""

Pairs = set[tuple[int, int]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with the corpora")
    parser.add_argument("--every", type=int, default=3, help="take every so-many-th piece of a set for variants")
    parser.add_argument("--repeats", type=int, default=5, help="of each timing")
    options = parser.parse_args()
    params = load_params()
    config = params.shard.near_duplicates
    sets = {name: read_set(options.data / name, pattern, params) for name, pattern in SETS.items()}
    kept = [(name, path, score) for name, pieces in sets.items() for path, score in pieces[:: options.every]]
    measure_variants(kept, params)
    measure_editions(sets["pop909"], read_set(options.data / "chords_pop909cl", "midi/*.mid", params), params)
    measure_performances(options.data / "asap", params)
    signed = [line_signatures(quantized(score, params), config) for _, _, score in kept]
    measure_speed([quantized(score, params) for _, score in sets["pop909"][:100]], signed, config, options.repeats)


def measure_variants(pieces: Sequence[tuple[str, Path, Score]], params: Params) -> None:
    """One line an edit: recall in each set, false pairs, and how many the fingerprint alone finds."""
    names = [name for name in SETS if any(name == one for one, _, _ in pieces)]
    originals = [quantized(score, params) for _, _, score in pieces]
    before, size = linked(originals, params), len(pieces)
    print(
        f"{size} pieces, {len(before)} links among them\n\n| edit | {' | '.join(names)} | false pairs | fingerprint |"
    )
    print("|---|" + "---:|" * (len(names) + 2))
    for title, edit in EDITS.items():
        others = [pieces[(number + OTHER_PIECE) % size][2] for number in range(size)]
        variants = [
            edit(score, stream(1, title, number), others[number]) for number, (_, _, score) in enumerate(pieces)
        ]
        made = [quantized(score, params) for score in variants]
        after = linked([*originals, *made], params)
        found = np.array([(number, number + size) in after for number in range(size)])
        recalls = [found[[name == one for one, _, _ in pieces]].mean() for name in names]
        donors = {tuple(sorted((number, (number + OTHER_PIECE) % size))) for number in range(size)}
        false = {tuple(sorted((a % size, b % size))) for a, b in after if a % size != b % size} - before - donors
        same = np.mean(
            [fingerprint(score) == fingerprint(made) for (_, _, score), made in zip(pieces, variants, strict=True)]
        )
        print(f"| {title} | {' | '.join(f'{recall:.3f}' for recall in recalls)} | {len(false)} | {same:.3f} |")
    shown = [f"{pieces[a][1].stem}–{pieces[b][1].stem}" for a, b in sorted(before)]
    print(f"\nlinks among the originals: {', '.join(shown)}\n")


def measure_editions(songs: list[tuple[Path, Score]], others: list[tuple[Path, Score]], params: Params) -> None:
    """The songs of one folder found in the other."""
    if not songs or not others:
        return
    names = [path.stem for path, _ in (*songs, *others)]
    pairs = linked([quantized(score, params) for _, score in (*songs, *others)], params)
    number = {path.stem: place for place, (path, _) in enumerate(songs)}
    true = {(number[path.stem], len(songs) + place) for place, (path, _) in enumerate(others) if path.stem in number}
    rest = sorted({tuple(sorted((names[a], names[b]))) for a, b in pairs if names[a] != names[b]})
    print(f"two editions: {len(true & pairs)} of {len(true)} songs found; other links: {rest}")


def measure_performances(folder: Path, params: Params) -> None:
    """Scores found by a person's performance of them, whose beats the file does not know."""
    pairs = [
        (read(score, params), read(path, params))
        for score in sorted(folder.rglob("midi_score.mid"))
        for path in score.parent.glob("*.mid")
        if path != score
    ]
    size = len(pairs)
    played = [quantized(score, params) for side in zip(*pairs, strict=True) for score in side if score]
    links = linked(played, params)
    found = sum((number, number + size) in links for number in range(size))
    false = sorted((a % size, b % size) for a, b in links if a % size != b % size)
    print(f"performances: {found} of {size} scores found; pairs of different pieces: {len(set(false))}")


def measure_speed(scores: list[Score], signed: list[Signatures], config: NearDuplicateConfig, repeats: int) -> None:
    """Milliseconds a piece, and seconds and memory for corpora of made-up copies of `signed`."""
    spent = []
    for _ in range(repeats):
        start = time.process_time()
        for score in scores:
            line_signatures(score, config)
        spent.append(1000 * (time.process_time() - start) / len(scores))
    notes = np.mean([len(score.notes) for score in scores])
    print(f"\nsketching: {statistics.median(spent):.2f} ms a piece of {notes:.0f} notes\n")
    print("| pieces | sketches, MB | seconds | links | peak of the process, MB |\n|---:|---:|---:|---:|---:|")
    for num_pieces in (1_000, 10_000, 100_000):
        signatures, piece = copies(signed, num_pieces)
        start = time.process_time()
        pairs = near_duplicates(signatures, piece, config.threshold)
        spent = time.process_time() - start
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"| {num_pieces:,} | {signatures.nbytes / 1e6:.0f} | {spent:.2f} | {len(pairs):,} | {peak:.0f} |")


def copies(signed: list[Signatures], num_pieces: int) -> tuple[Signatures, NDArray[np.int64]]:
    """The sketches of a larger corpus: real ones, then copies that keep a quarter of their numbers."""
    random = np.random.default_rng(0)
    real, owner = np.concatenate(signed), np.repeat(np.arange(len(signed)), [len(lines) for lines in signed])
    made, pieces = [], []
    for first in range(0, num_pieces, len(signed)):
        changed = (random.random(real.shape) > COPIED_SHARE) & (real != np.iinfo(np.uint32).max) & (first > 0)
        strange = random.integers(0, 1 << 30, real.shape, np.uint32)
        made.append(np.sort(np.where(changed, strange, real), axis=1))
        pieces.append(owner + first)
    piece = np.concatenate(pieces)
    return np.concatenate(made)[piece < num_pieces], piece[piece < num_pieces]


def linked(scores: Sequence[Score], params: Params) -> Pairs:
    config = params.shard.near_duplicates
    signed = [np.empty((0, NUM_HASHES), np.uint32), *(line_signatures(score, config) for score in scores)]
    piece = np.repeat(np.arange(len(scores)), [len(lines) for lines in signed[1:]])
    return {(int(a), int(b)) for a, b in near_duplicates(np.concatenate(signed), piece, config.threshold)}


def read_set(folder: Path, pattern: str, params: Params) -> list[tuple[Path, Score]]:
    return [(path, score) for path in sorted(folder.glob(pattern)) for score in [read(path, params)] if score]


def read(path: Path, params: Params) -> Score | None:
    piece = parse_file(path, params.parse)
    return piece.score if isinstance(piece, Piece) else None


def quantized(score: Score, params: Params) -> Score:
    return quantize_score(score, params.quantize).score


if __name__ == "__main__":
    main()
