from aurl_core.score.lines import cut_overlaps, drop_duplicates, playable
from aurl_core.score.score import Notes, Score


def test_of_notes_that_start_together_the_longest_is_left():
    notes = Notes.of(onset=0, duration=[10, 30, 20], pitch=60)
    assert drop_duplicates(notes).tolist() == [0, 0, 30]


def test_other_pitches_and_tracks_are_no_duplicates():
    notes = Notes.of(onset=0, duration=10, pitch=[60, 61, 60], track=[0, 0, 1])
    assert drop_duplicates(notes).tolist() == [10, 10, 10]


def test_a_note_is_cut_where_its_pitch_starts_again():
    notes = Notes.of(onset=[0, 10, 20], duration=[15, 100, 5], pitch=60)
    assert cut_overlaps(notes).tolist() == [10, 10, 5]


def test_other_pitches_and_tracks_do_not_cut():
    notes = Notes.of(onset=[0, 10, 10], duration=[100, 10, 10], pitch=[60, 61, 60], track=[0, 0, 1])
    assert cut_overlaps(notes).tolist() == [100, 10, 10]


def test_lines_beyond_two_bytes_are_told_apart():
    notes = Notes.of(onset=[0, 10, 20], duration=[15, 15, 5], pitch=60, track=[0, 512, 0])
    assert cut_overlaps(notes).tolist() == [15, 15, 5]


def test_a_playable_score_has_lines_in_which_notes_follow_one_another():
    notes = Notes.of(onset=[0, 0, 12, 24], duration=[24, 48, 24, 6], pitch=60)
    played = playable(Score(24, notes)).notes
    assert (played.onset.tolist(), played.duration.tolist()) == ([0, 12, 24], [12, 12, 6])


def test_a_score_that_is_playable_stays_as_it_is():
    score = Score(24, Notes.of(onset=[0, 24, 0], duration=[24, 6, 48], pitch=[60, 60, 64]))
    assert playable(score).equals(score)
