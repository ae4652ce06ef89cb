import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aurl_core.quantization.params import QuantizeParams
from aurl_core.quantization.quantizer import bars_and_positions, quantize_score
from aurl_core.quantization.warp import warp_to_beats
from aurl_core.score.score import WHOLE_PIECE, Events, Notes, Score, Track
from aurl_core.score.time import TempoMap


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


MODES = [
    {"mode": "strict"},
    {"mode": "strict", "grid": "16th"},
    {"mode": "groove", "grid": "8th"},
    {"mode": "adaptive"},
    {"mode": "adaptive", "beats": "tracked"},
    {"mode": "off"},
]


@pytest.mark.parametrize("changes", MODES)
@settings(max_examples=20)
@given(data=st.data())
def test_every_mode_can_be_undone(changes, data):
    gaps = data.draw(st.lists(st.integers(0, 700), min_size=8, max_size=40))
    score = played(np.cumsum(gaps), np.array(gaps) + 50, pitch=np.arange(len(gaps)) % 12 + 60)
    quantized = quantize_score(score, params(**changes))
    notes, clock = quantized.score.notes, quantized.clock
    onset, offset = clock.ticks(notes.onset), clock.ticks(notes.offset)
    onset, duration = onset + quantized.onset_deviation, offset - onset + quantized.duration_deviation
    back = Notes.of(
        onset=onset, duration=duration, pitch=notes.pitch, velocity=quantized.velocity_raw, track=notes.track
    )
    assert back.equals(score.notes)


def test_notes_go_to_the_places_of_the_chosen_grid():
    quantized = quantize_score(played([0, 130, 250, 290], [120, 50, 10, 180]), params(grid="16th"))
    assert quantized.score.notes.onset.tolist() == [0, 6, 12, 12]
    assert quantized.score.notes.offset.tolist() == [6, 12, 18, 24]


def test_groove_writes_swung_eighths_evenly_and_keeps_the_swing():
    onset = np.sort(np.concatenate([np.arange(8) * 480, np.arange(8) * 480 + 320]))
    quantized = quantize_score(played(onset, np.tile([320, 160], 8)), params(mode="groove"))
    assert quantized.score.notes.onset.tolist() == list(range(0, 192, 12))
    assert set(quantized.score.notes.duration.tolist()) == {12}
    assert quantized.onset_deviation.tolist() == [0, 80] * 8
    assert quantized.swing_ratio == pytest.approx(2.0)


def test_adaptive_finds_triplets_beside_sixteenths():
    parts = [[0, 120, 240, 360]] * 4 + [[0, 160, 320, 320]] * 4
    exact = (np.arange(8)[:, None] * 480 + np.array(parts)).ravel()
    unsteady = exact + np.random.default_rng(4).integers(0, 25, len(exact))
    quantized = quantize_score(played(np.sort(unsteady), 60), params(mode="adaptive"))
    assert quantized.score.notes.onset.tolist() == (exact // 20).tolist()
    assert quantized.grids == ("16th",) * 4 + ("8th_triplet",) * 4


def test_adaptive_leaves_what_is_on_the_steps():
    score = played([0, 20, 500, 660, 960], [20, 100, 60, 240, 480])
    strict, adaptive = (quantize_score(score, params(mode=mode)) for mode in ("strict", "adaptive"))
    assert adaptive.score.equals(strict.score)


def test_a_chord_stays_together():
    quantized = quantize_score(played([0, 300, 306, 312, 485], 60, pitch=[60, 64, 67, 72, 60]), params(mode="adaptive"))
    assert len(set(quantized.score.notes.onset[1:4].tolist())) == 1


def test_a_performance_follows_the_beats_it_is_given():
    seconds = np.cumsum([0.3, 0.5, 0.55, 0.62, 0.7])
    score = played(np.rint(seconds * 960).astype(int), 200)
    clock = warp_to_beats(score, seconds)
    quantized = quantize_score(score, params(mode="adaptive"), clock=clock)
    start = quantized.score.notes.onset[0]
    assert (quantized.score.notes.onset - start).tolist() == [0, 24, 48, 72, 96]
    after = TempoMap.of(quantized.score).seconds(quantized.score.notes.onset)
    assert np.diff(after) == pytest.approx(np.diff(seconds), abs=2e-3)


def test_too_many_notes_at_once_go_and_are_counted():
    score = played([0] * 4, 480, pitch=[36, 60, 64, 84])
    quantized = quantize_score(score, params(max_polyphony=2))
    assert quantized.score.notes.pitch.tolist() == [36, 84]
    assert (quantized.num_crowded_notes, quantized.num_dropped_notes) == (2, 2)


def test_each_track_may_have_its_own_polyphony_and_drums_any():
    notes = Notes.of(onset=0, duration=480, pitch=[60, 64, 60, 36, 38], track=[0, 0, 1, 2, 2])
    score = Score(480, notes, (Track(), Track(), Track(is_drum=True)))
    quantized = quantize_score(score, params(max_polyphony=1, polyphony_of="track"))
    assert quantized.score.notes.track.tolist() == [0, 1, 2, 2]


def test_velocities_are_levelled_and_kept_as_played():
    quantized = quantize_score(played([0, 480, 960], 480, velocity=[40, 50, 60]), params(velocity="median"))
    assert quantized.score.notes.velocity.tolist() == [54, 64, 74]
    assert quantized.velocity_raw.tolist() == [40, 50, 60]
