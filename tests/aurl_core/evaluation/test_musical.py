import numpy as np
import pytest

from aurl_core.evaluation import musical
from aurl_core.score.score import WHOLE_PIECE, Events, Notes, Score, Track

BEAT = 24


PIANO = (Track(),)


def piece(onset, pitch, duration=BEAT, *, meter=None, tracks=PIANO, track=0):
    events = [("time_signature", 0, WHOLE_PIECE, *meter, "")] if meter else []
    return Score(BEAT, Notes.of(onset=onset, duration=duration, pitch=pitch, track=track), tracks, Events.of(events))


EMPTY = Score(BEAT)


@pytest.mark.parametrize(
    "metric",
    [
        musical.pitch_class_entropy, musical.scale_consistency, musical.notes_per_beat, musical.polyphony,
        musical.polyphony_rate, musical.voices, musical.pitch_range, musical.mean_duration, musical.mean_inter_onset,
        musical.rhythm_entropy, musical.empty_beat_rate, musical.consonance, musical.mean_leap,
        musical.repeated_bar_rate,
    ],
)  # fmt: skip
def test_an_empty_piece_has_no_measures(metric):
    assert np.isnan(metric(EMPTY))


def test_an_empty_piece_has_no_groove_and_no_pitches():
    assert np.isnan(musical.groove_consistency(EMPTY, positions_per_beat=4))
    assert musical.num_pitches(EMPTY) == 0


def test_entropy_is_that_of_pitch_classes_not_pitches():
    chromatic = piece(np.arange(12) * BEAT, 60 + np.arange(12))
    octaves = piece(np.arange(4) * BEAT, [36, 48, 60, 72])
    assert musical.pitch_class_entropy(chromatic) == pytest.approx(np.log2(12))
    assert musical.pitch_class_entropy(octaves) == 0


def test_a_scale_may_start_anywhere():
    d_major = piece(np.arange(7) * BEAT, [62, 64, 66, 67, 69, 71, 73])
    assert musical.scale_consistency(d_major) == 1
    chromatic = piece(np.arange(12) * BEAT, 60 + np.arange(12))
    assert musical.scale_consistency(chromatic) == pytest.approx(7 / 12)


def test_equal_bars_groove_perfectly_and_one_moved_onset_costs_two_positions():
    onsets = np.array([0, 24, 48, 72])
    steady = piece(np.concatenate([onsets, onsets + 96]), 60)
    moved = piece(np.concatenate([onsets, 96 + np.array([0, 30, 48, 72])]), 60)
    assert musical.groove_consistency(steady, positions_per_beat=4) == 1
    assert musical.groove_consistency(moved, positions_per_beat=4) == 1 - 2 / 16
    assert musical.groove_consistency(moved, positions_per_beat=12) == 1 - 2 / 48


def test_groove_follows_the_meter_and_snaps_to_the_grid():
    waltz = piece([0, 24, 49, 71, 96, 120], 60, meter=(3, 4))
    assert musical.groove_consistency(waltz, positions_per_beat=4) == 1


def test_groove_needs_two_bars_of_one_length():
    assert np.isnan(musical.groove_consistency(piece([0, 24], 60), positions_per_beat=4))


def test_density_counts_from_the_first_onset():
    assert musical.notes_per_beat(piece([48, 60, 72], 60)) == 3 / 2


def test_polyphony_weighs_by_time_and_skips_silence():
    score = piece([0, 0, 96], [60, 64, 67], [48, 24, 24])
    assert musical.polyphony(score) == pytest.approx((2 * 24 + 24 + 24) / 72)
    assert musical.polyphony_rate(score) == pytest.approx(24 / 72)
    assert musical.voices(score) == 1


def test_voices_are_the_commonest_count():
    assert musical.voices(piece([0, 0, 0, 24], [60, 64, 67, 60], [48, 48, 48, 6])) == 3


def test_range_and_pitches():
    score = piece([0, 24, 48], [48, 72, 48])
    assert (musical.pitch_range(score), musical.num_pitches(score)) == (24, 2)


def test_lengths_and_gaps_are_in_beats():
    score = piece([0, 0, 12, 48], [60, 64, 62, 60], [12, 12, 36, 36])
    assert musical.mean_duration(score) == 1
    assert musical.mean_inter_onset(score) == 1
    assert musical.rhythm_entropy(score) == 1


def test_a_steady_pulse_has_no_rhythm_entropy():
    assert musical.rhythm_entropy(piece([0, 24, 48], 60)) == 0


def test_a_beat_is_empty_when_nothing_sounds_in_it():
    score = piece([24, 96], 60, [24, 24])
    assert musical.empty_beat_rate(score) == 2 / 4


def test_a_held_note_fills_its_beats():
    assert musical.empty_beat_rate(piece([0], 60, 96)) == 0


def test_drums_have_no_pitch_but_do_groove():
    drums = piece([0, 96], [36, 36], tracks=(Track(is_drum=True),))
    assert np.isnan(musical.pitch_class_entropy(drums))
    assert musical.groove_consistency(drums, positions_per_beat=4) == 1


def test_consonance_weighs_every_pair_by_the_time_it_sounds():
    """A fifth for a beat; then a tritone, a third and a second for half as long; a fourth with a unison for a beat."""
    onset = [0, 0, 24, 24, 36, 36, 36, 48, 48, 48]
    duration = [24, 24, 12, 12, 12, 12, 12, 24, 24, 24]
    pitch = [60, 67, 60, 66, 60, 64, 62, 60, 72, 65]
    fine = 24 + 0 + 12 * 1 + 24 * 3
    assert musical.consonance(piece(onset, pitch, duration)) == pytest.approx(fine / (24 + 12 + 12 * 3 + 24 * 3))


def test_consonance_needs_two_notes_at_once():
    assert np.isnan(musical.consonance(piece([0, 24], [60, 61])))


def test_leaps_are_those_of_the_highest_notes():
    assert musical.mean_leap(piece([0, 0, 24, 24, 48], [72, 60, 50, 74, 70])) == 3


def bars(*patterns):
    onset = [bar * 96 + beat * 24 for bar, pattern in enumerate(patterns) for beat in range(len(pattern))]
    return Score(24, Notes.of(onset=onset, duration=24, pitch=np.concatenate(patterns).astype(int)))


def test_repeated_bars_wherever_they_stand():
    assert musical.repeated_bar_rate(bars([60, 62], [64, 65], [60, 62])) == pytest.approx(1 / 3)


def test_transposed_or_reordered_bars_are_no_repeats():
    assert musical.repeated_bar_rate(bars([60, 62], [62, 64], [62, 60])) == 0


def test_empty_bars_do_not_count():
    assert musical.repeated_bar_rate(bars([60, 62], [], [], [60, 62])) == 0.5
    assert np.isnan(musical.repeated_bar_rate(Score(24)))
