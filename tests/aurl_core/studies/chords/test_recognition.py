from itertools import product

import numpy as np
import pytest

from aurl_core.score.score import Notes, Score
from aurl_core.score.time import BarGrid
from aurl_core.studies.chords.recognition import (
    ChordStudy,
    beat_profiles,
    change_costs,
    likeliest_path,
    state_probabilities,
)
from aurl_core.studies.frames import Frames

PIECE = {"piece_id": "a"}
C, F, G, AM = (48, 60, 64, 67), (53, 60, 65, 69), (43, 59, 62, 67), (45, 60, 64, 69)


def chorale(*chords, beats=2):
    onset = np.repeat(np.arange(len(chords)) * 24 * beats, [len(chord) for chord in chords])
    return Score(24, Notes.of(onset=onset, duration=24 * beats, pitch=np.concatenate(chords)))


def labels(params, score):
    return ChordStudy(params).analyze(PIECE, score)["label"].to_pylist()


def test_block_chords_are_named(params):
    assert labels(params, chorale(C, F, G, AM))[::2] == ["C:maj", "F:maj", "G:maj", "A:min"]


def test_an_arpeggio_is_one_chord(params):
    score = Score(24, Notes.of(onset=np.arange(8) * 12, duration=12, pitch=[48, 60, 64, 67, 64, 60, 64, 67]))
    table = ChordStudy(params).analyze(PIECE, score)
    assert set(zip(table["root"].to_pylist(), table["quality"].to_pylist(), strict=True)) == {(0, "maj")}


def test_a_passing_note_does_not_change_the_chord(params):
    held = chorale(C, beats=4).notes
    onset, pitch = np.append(held.onset, [24, 36]), np.append(held.pitch, [74, 77])
    score = Score(24, Notes.of(onset=onset, duration=np.append(held.duration, [12, 12]), pitch=pitch))
    assert labels(params, score) == ["C:maj"] * 4


def test_inversions_and_sevenths_are_named(params):
    assert labels(params, chorale((52, 60, 67, 72), (43, 59, 62, 65), C, beats=4))[::4] == ["C:maj/3", "G:7", "C:maj"]


@pytest.mark.parametrize(
    ("pitches", "label"),
    [((59, 62, 65, 71), "B:dim"), ((48, 52, 56, 60), "C:aug"), ((50, 60, 65, 69), "D:min7")],
)
def test_rarer_qualities_are_named(params, pitches, label):
    assert labels(params, chorale(pitches, beats=4)) == [label] * 4


def test_a_chord_goes_on_through_a_rest_and_ends_in_long_silence(params):
    chords = chorale(C, C, beats=4).notes
    notes = Notes.of(onset=np.append(chords.onset, 1000), duration=72, pitch=np.append(chords.pitch, 60))
    found = labels(params, Score(24, notes))
    assert found[:7] == ["C:maj"] * 7
    assert found[20] == "N"


def test_rows_say_where_they_are(params):
    table = ChordStudy(params).analyze(PIECE, chorale(C, G, C))
    assert table["beat"].to_pylist() == [0, 1, 2, 3, 4, 5, 6, 7]
    assert table["bar"].to_pylist() == [0] * 4 + [1] * 4
    assert table["bass"].to_pylist()[:4] == [0, 0, 7, 7]
    assert table.schema == ChordStudy.schema


def test_clear_chords_are_named_with_more_confidence_than_bare_fifths(params):
    clear, bare = (
        np.mean(ChordStudy(params).analyze(PIECE, score)["confidence"].to_pylist()[:4])
        for score in (chorale(C, G), chorale((48, 55), (43, 50)))
    )
    assert 0 < bare < clear <= 1


def test_octaves_count_once_and_the_lowest_sound_is_the_bass():
    notes = Notes.of(onset=[0, 0, 0], duration=[24, 24, 12], pitch=[43, 60, 72])
    sounding, bass = beat_profiles(notes, Frames.beats(Score(24, notes)))
    assert sounding[0, [0, 7]].tolist() == [1.0, 1.0]
    assert bass[0].argmax() == 7
    assert bass[0].sum() == pytest.approx(1.0)


def test_changes_are_cheapest_on_bar_lines(params):
    score = chorale(C, C)
    costs = change_costs(Frames.beats(score), BarGrid.of(score), params=params.chords)
    bar, beat, half, last = costs.tolist()
    assert bar < half <= beat == last


def total(evidence, costs, path):
    changes = np.append(False, np.diff(path) != 0)
    return evidence[np.arange(len(path)), path].sum() - costs[changes].sum()


def test_no_path_is_likelier_than_the_likeliest():
    rng = np.random.default_rng(0)
    evidence, costs = rng.normal(size=(6, 3)), rng.uniform(0, 2, 6)
    every = max(total(evidence, costs, np.array(path)) for path in product(range(3), repeat=6))
    assert total(evidence, costs, likeliest_path(evidence, costs)) == pytest.approx(every)


def test_probabilities_are_those_of_all_paths():
    rng = np.random.default_rng(0)
    evidence, costs = rng.normal(size=(5, 3)), rng.uniform(0, 2, 5)
    paths = np.array(list(product(range(3), repeat=5)))
    weight = np.exp([total(evidence, costs, path) for path in paths])
    expected = [[weight[paths[:, frame] == state].sum() for state in range(3)] for frame in range(5)] / weight.sum()
    np.testing.assert_allclose(state_probabilities(evidence, costs), expected)
