import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aurl_core.quantization.params import QuantizeParams
from aurl_core.quantization.quantizer import bars_and_positions, quantize_score
from aurl_core.score.score import WHOLE_PIECE, Events, Notes, Score


def params(**changes):
    return QuantizeParams(**{"mode": "strict", "steps_per_beat": 24, "short_notes": "lengthen", **changes})


def played(onset, duration, *, ticks_per_beat=480, events=(), **columns):
    notes = Notes.of(onset=onset, duration=duration, **{"pitch": 60, **columns})
    return Score(ticks_per_beat, notes, events=Events.of(list(events)))


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(1, 5000)), min_size=1, max_size=30))
def test_onsets_and_offsets_move_by_half_a_step_at_most(times):
    onset, duration = zip(*times, strict=True)
    score = played(onset, duration)
    quantized = quantize_score(score, params()).score.notes
    long = score.notes.duration >= 20
    assert np.abs(np.sort(quantized.onset) * 20 - score.notes.onset).max() <= 10
    if long.all():
        assert np.abs(np.sort(quantized.offset) * 20 - np.sort(score.notes.offset)).max() <= 10


@given(st.lists(st.integers(0, 5000), min_size=1, max_size=30), st.sampled_from([96, 100, 480, 960]))
def test_deviations_and_the_grid_give_back_what_was_played(onset, ticks_per_beat):
    score = played(onset, 333, ticks_per_beat=ticks_per_beat)
    quantized = quantize_score(score, params())
    grid = np.floor(quantized.score.notes.onset * ticks_per_beat / 24 + 0.5).astype(int)
    assert (grid + quantized.onset_deviation).tolist() == score.notes.onset.tolist()


def test_errors_are_not_carried_from_note_to_note():
    score = played(np.arange(1000) * 163, 163)
    notes = quantize_score(score, params()).score.notes
    assert np.abs(notes.onset * 20 - score.notes.onset).max() <= 10
    assert (notes.offset[:-1] == notes.onset[1:]).all()


def test_triplets_and_thirty_seconds_are_exact():
    score = played([0, 160, 320, 480, 540], [160, 160, 160, 60, 60])
    quantized = quantize_score(score, params())
    assert quantized.score.notes.onset.tolist() == [0, 8, 16, 24, 27]
    assert not quantized.onset_deviation.any()
    assert not quantized.duration_deviation.any()


def test_short_notes_are_lengthened_to_a_step():
    quantized = quantize_score(played([0, 100], [3, 200]), params())
    assert quantized.score.notes.duration.tolist() == [1, 10]
    assert quantized.num_dropped_notes == 0


def test_short_notes_are_dropped_where_that_is_asked():
    quantized = quantize_score(played([0, 100], [3, 200]), params(short_notes="drop"))
    assert quantized.score.notes.onset.tolist() == [5]
    assert quantized.num_dropped_notes == 1


def test_columns_are_sorted_again_where_the_grid_brings_notes_together():
    quantized = quantize_score(played([0, 3], 480, pitch=[64, 60], velocity=[10, 20]), params())
    assert quantized.score.notes.pitch.tolist() == [60, 64]
    assert quantized.onset_deviation.tolist() == [3, 0]
    assert quantized.velocity_raw.tolist() == [20, 10]


def test_events_move_to_the_grid_too():
    score = played([0], [480], events=[("tempo", 487, WHOLE_PIECE, 0, 90.0, "")])
    assert quantize_score(score, params()).score.events.onset.tolist() == [24]


def test_errors_are_in_seconds_of_the_sources_tempo():
    score = played([5], [480], events=[("tempo", 0, WHOLE_PIECE, 0, 60.0, "")])
    quantized = quantize_score(score, params())
    assert quantized.onset_error_seconds.tolist() == pytest.approx([5 / 480])
    assert quantized.duration_error_seconds.tolist() == pytest.approx([0.0])


def test_off_leaves_every_tick():
    score = played([3, 487], [11, 2], ticks_per_beat=480)
    quantized = quantize_score(score, params(mode="off"))
    assert quantized.score.equals(score)
    assert not quantized.onset_error_seconds.any()


def test_an_empty_score_stays_empty():
    quantized = quantize_score(Score(480), params(velocity="median"))
    assert len(quantized.score.notes) == 0
    assert bars_and_positions(quantized.score)[2] == 1
