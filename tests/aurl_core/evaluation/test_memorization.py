import numpy as np
import pytest

from aurl_core.evaluation.memorization import copied_share, known_windows, window_hashes
from aurl_core.score.score import Notes, Score

MELODY = np.array([60, 62, 64, 65, 67, 65, 64, 62, 60, 64, 67, 72])


def melody(pitch=MELODY, *, start=0, beat=24):
    return Score(beat, Notes.of(onset=(start + np.arange(len(pitch))) * beat, duration=beat, pitch=pitch))


def hashes(score, beats=4, notes=3):
    return window_hashes(score, window_beats=beats, window_notes=notes)


def share(score, *known):
    return copied_share(hashes(score), known_windows(hashes(piece) for piece in known))


def test_a_piece_is_a_copy_of_itself_in_any_key_at_any_place_on_any_clock():
    assert share(melody(MELODY + 5, start=7, beat=480), melody()) == 1


def test_durations_are_ignored():
    short = Score(24, Notes.of(onset=np.arange(12) * 24, duration=6, pitch=MELODY))
    assert share(short, melody()) == 1


def test_one_changed_pitch_spoils_the_windows_that_hold_it():
    changed = MELODY.copy()
    changed[11] += 1
    assert share(melody(changed), melody()) == pytest.approx(8 / 9)


def test_one_changed_onset_spoils_its_windows():
    onset = np.arange(12) * 24
    onset[0] += 12
    assert share(Score(24, Notes.of(onset=onset, duration=24, pitch=MELODY)), melody()) == pytest.approx(8 / 9)


def test_a_different_melody_is_no_copy():
    assert share(melody(MELODY[::-1] + np.arange(12) % 3), melody()) == 0


def test_windows_lie_wholly_within_the_piece():
    assert len(hashes(melody())) == 9


def test_windows_with_few_notes_are_not_looked_up():
    assert len(hashes(melody(), notes=5)) == 0


def test_chords_start_one_window_and_unisons_count_once():
    doubled = Score(24, Notes.of(onset=[0, 0, 0, 24, 48, 72], duration=24, pitch=[60, 60, 64, 62, 64, 65]))
    single = Score(24, Notes.of(onset=[0, 0, 24, 48, 72], duration=24, pitch=[60, 64, 62, 64, 65]))
    assert hashes(doubled).tolist() == hashes(single).tolist()
    assert len(hashes(doubled)) == 1


def test_no_window_no_share():
    assert np.isnan(share(Score(24), melody()))
    assert share(melody()) == 0
