import numpy as np
import pytest

from aurl_core.score.score import Notes, Score, Track
from aurl_core.studies.melody.extraction import ends_phrase, extract_melody, monophony, skyline, track_scores

TUNE = [72, 74, 76, 77, 79, 77, 76, 74]


def arrangement(*, tracks=3):
    """A tune above block chords and a bass, on tracks 1, 2 and 0, or all on one."""
    beats = np.arange(8) * 24
    onset = np.concatenate([beats, beats, np.repeat(beats[::2], 3)])
    pitch = np.concatenate([np.full(8, 36), TUNE, np.tile([55, 60, 64], 4)])
    duration = np.concatenate([np.full(16, 24), np.full(12, 48)])
    track = np.concatenate([np.zeros(8), np.ones(8), np.full(12, 2)]) * (tracks > 1)
    return Score(24, Notes.of(onset=onset, duration=duration, pitch=pitch, track=track), (Track(),) * tracks)


def test_the_tune_is_found_among_tracks_without_names(params):
    assert extract_melody(arrangement(), params=params.melody).pitch.tolist() == TUNE


def test_the_tune_is_found_in_a_single_track(params):
    assert extract_melody(arrangement(tracks=1), params=params.melody).pitch.tolist() == TUNE


def test_drums_and_silent_tracks_are_no_candidates(params):
    notes = Notes.of(onset=[0, 24], duration=24, pitch=[80, 60], track=[0, 1])
    scores = track_scores(Score(24, notes, (Track(is_drum=True), Track(), Track())), params=params.melody)
    assert np.isfinite(scores).tolist() == [False, True, False]


def test_a_louder_track_is_the_likelier_tune(params):
    notes = Notes.of(onset=[0, 0, 24, 24], duration=24, pitch=[72] * 4, velocity=[100, 50] * 2, track=[0, 1] * 2)
    loud, soft = track_scores(Score(24, notes, (Track(),) * 2), params=params.melody)
    assert loud > soft


def test_a_held_note_hides_what_moves_below_it():
    notes = Notes.of(onset=[0, 24, 48], duration=[72, 24, 24], pitch=[80, 60, 90])
    assert skyline(notes, hold=12).pitch.tolist() == [80, 90]


def test_a_note_about_to_end_hides_nothing():
    notes = Notes.of(onset=[0, 24], duration=[30, 24], pitch=[80, 60])
    assert skyline(notes, hold=12).pitch.tolist() == [80, 60]


def test_accompaniment_is_left_out_while_the_melody_rests(params):
    upper = Notes.of(onset=np.arange(8) * 24, duration=24, pitch=TUNE[:4] + [48] * 2 + TUNE[:2])
    both = Notes.of(onset=np.append(upper.onset, upper.onset), duration=24, pitch=np.append(upper.pitch, [40] * 8))
    assert extract_melody(Score(24, both), params=params.melody).pitch.tolist() == TUNE[:4] + TUNE[:2]


def test_a_melody_sounds_one_note_at_a_time(params):
    notes = Notes.of(onset=[0, 24, 48], duration=[40, 40, 40], pitch=[60, 62, 64])
    melody = extract_melody(Score(24, notes), params=params.melody)
    assert melody.duration.tolist() == [24, 24, 40]


def test_nothing_sounds_in_an_empty_score(params):
    melody = extract_melody(Score(24), params=params.melody)
    assert len(melody) == 0
    assert len(ends_phrase(melody, ticks_per_beat=24, params=params.melody)) == 0
    assert monophony(melody) == 1.0


@pytest.mark.parametrize(("duration", "ends"), [(24, [False, False, False, True]), (72, [False, True, False, True])])
def test_a_note_followed_late_ends_a_phrase(params, duration, ends):
    lengths = np.array([24, duration, 24, 24])
    notes = Notes.of(onset=np.cumsum(lengths) - lengths, duration=lengths, pitch=60)
    assert ends_phrase(notes, ticks_per_beat=24, params=params.melody).tolist() == ends
