import numpy as np

from aurl_core.score.score import WHOLE_PIECE, Events, Notes, Score, Track
from aurl_core.studies.frames import Frames, Sounding, pitch_class_profiles, pitched_notes


def meters(*rows):
    return Events.of([("time_signature", onset, WHOLE_PIECE, upper, lower, "") for onset, upper, lower in rows])


def test_beats_are_counted_anew_from_each_bar_line():
    notes = Notes.of(onset=[0], duration=[24 * 5], pitch=[60])
    score = Score(24, notes, events=meters((0, 3, 8), (36, 4, 4)))
    frames = Frames.beats(score)
    assert frames.start.tolist() == [0, 24, 36, 60, 84, 108]
    assert frames.stop.tolist() == [24, 36, 60, 84, 108, 132]
    assert frames.bar.tolist() == [0, 0, 1, 1, 1, 1]
    assert frames.position.tolist() == [0, 24, 0, 24, 48, 72]


def test_bars_are_frames_from_bar_line_to_bar_line():
    frames = Frames.bars(Score(24, Notes.of(onset=[100], duration=[10], pitch=[60])))
    assert (frames.start.tolist(), frames.end, len(frames)) == ([0, 96], 192, 2)


def test_a_note_sounds_in_every_frame_it_reaches_into_and_no_other():
    notes = Notes.of(onset=[12, 24], duration=[36, 24], pitch=[60, 64])
    laid = Sounding.of(notes, Frames.beats(Score(24, notes)))
    rows = sorted(zip(laid.note.tolist(), laid.frame.tolist(), laid.length.tolist(), strict=True))
    assert rows == [(0, 0, 12), (0, 1, 24), (1, 1, 24)]


def test_lengths_add_up_to_the_durations():
    rng = np.random.default_rng(1)
    notes = Notes.of(onset=rng.integers(0, 500, 40), duration=rng.integers(1, 200, 40), pitch=rng.integers(40, 80, 40))
    laid = Sounding.of(notes, Frames.beats(Score(24, notes)))
    assert np.bincount(laid.note, laid.length).tolist() == notes.duration.tolist()


def test_octaves_share_a_pitch_class():
    profile = pitch_class_profiles(np.array([48, 60, 62], np.uint8), np.array([0, 0, 1]), np.ones(3), num_frames=2)
    assert profile[0, 0] == 2.0
    assert profile[1, 2] == 1.0
    assert profile.sum() == 3.0


def test_drums_have_no_pitch():
    notes = Notes.of(onset=[0, 0], duration=24, pitch=[36, 60], track=[0, 1])
    assert pitched_notes(Score(24, notes, (Track(is_drum=True), Track()))).pitch.tolist() == [60]
