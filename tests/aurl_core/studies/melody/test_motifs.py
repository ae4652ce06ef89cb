import numpy as np
import pytest

from aurl_core.score.score import Notes, Score
from aurl_core.studies.melody.motifs import MotifStudy, find_motifs

PIECE = {"piece_id": "a"}
FIGURE = np.array([0, 4, 2, 7, 5])


def line(*parts, wait=24):
    pitch = np.concatenate(parts)
    return Notes.of(onset=np.arange(len(pitch)) * wait, duration=wait, pitch=pitch)


def sequence():
    """The figure three times, each a third higher, with other notes between."""
    return line(60 + FIGURE, [72, 61], 63 + FIGURE, [50, 77, 58], 66 + FIGURE)


def found(melody, params, **changes):
    settings = params.melody.model_copy(update=changes)
    return find_motifs(melody, np.zeros(len(melody), bool), params=settings)


def test_a_figure_is_found_at_any_pitch(params):
    motifs = found(sequence(), params)
    assert motifs[0].first.tolist() == [0, 7, 15]
    assert motifs[0].num_intervals == 4


def test_the_same_intervals_in_another_rhythm_are_another_figure(params):
    melody = sequence()
    onset = melody.onset.copy()
    onset[16] += 6
    onset[18] += 6
    changed = Notes.of(onset=onset, duration=6, pitch=melody.pitch)
    assert found(changed, params) == []


def test_no_motif_crosses_the_end_of_a_phrase(params):
    melody = sequence()
    is_end = np.isin(np.arange(len(melody)), [2, 9, 17])
    settings = params.melody.model_copy(update={"motif_intervals": (2, 8)})
    motifs = find_motifs(melody, is_end, params=settings)
    assert [(motif.first.tolist(), motif.num_intervals) for motif in motifs] == [([0, 7, 15], 2)]


def test_a_repeated_note_is_no_motif(params):
    assert found(line([60] * 30), params) == []


def test_occurrences_do_not_overlap(params):
    melody = line(np.tile([60, 64, 67], 12))
    for motif in found(melody, params):
        assert (np.diff(motif.first) >= motif.num_intervals).all()


def test_rarer_figures_are_left_out(params):
    assert found(sequence(), params, min_occurrences=4) == []


def test_at_most_so_many_motifs_are_kept(params):
    rng = np.random.default_rng(0)
    figures = [rng.integers(-7, 8, 5) for _ in range(6)]
    melody = line(*[60 + figure for _ in range(4) for figure in figures])
    assert len(found(melody, params, max_motifs=2)) == 2


def test_confidence_tells_a_figure_from_chance(params):
    scale_wise = line(60 + np.cumsum(np.random.default_rng(1).choice([-1, 1], 200)) % 24)
    by_chance = found(scale_wise, params, motif_intervals=(3, 3), min_occurrences=5)
    on_purpose = found(sequence(), params)
    assert min(motif.confidence for motif in by_chance) < 0.5
    assert on_purpose[0].confidence > 0.9


def test_each_occurrence_is_a_row(params):
    rows = MotifStudy(params).analyze(PIECE, Score(24, sequence())).to_pylist()
    assert [row["start_beat"] for row in rows] == [0.0, 7.0, 15.0]
    assert [row["transposition"] for row in rows] == [0, 3, 6]
    assert rows[0]["intervals"] == np.diff(FIGURE).tolist()
    assert rows[2]["inter_onset_steps"] == [24] * 4


@pytest.mark.parametrize("num_notes", [0, 1, 2])
def test_too_short_a_melody_has_no_motifs(params, num_notes):
    table = MotifStudy(params).analyze(PIECE, Score(24, line([60, 62][:num_notes])))
    assert (len(table), table.schema) == (0, MotifStudy.schema)
