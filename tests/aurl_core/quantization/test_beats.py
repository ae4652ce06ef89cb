import numpy as np
import pytest
from mir_eval.beat import f_measure

from aurl_core.quantization.beats import heard_beats, tracked_beats
from aurl_core.score.score import Notes, Score


def performance(beat_seconds, parts, *, accent=20):
    """A tune in which every beat, given in seconds, is louder and has notes at `parts` of it; 1000 ticks a second."""
    length = np.diff(beat_seconds)
    seconds = (beat_seconds[:-1, None] + length[:, None] * np.asarray(parts)).ravel()
    velocity = np.tile([60 + accent] + [60] * (len(parts) - 1), len(length))
    onset = np.rint(seconds * 1000).astype(int)
    return Score(500, Notes.of(onset=onset, duration=100, pitch=60, velocity=velocity))


def slowing(start, end, count):
    return np.concatenate([[0.3], 0.3 + np.cumsum(np.linspace(start, end, count))])


@pytest.mark.parametrize("length", [0.4, 0.5])
@pytest.mark.parametrize("parts", [[0, 0.5], [0, 0.25, 0.5, 0.75], [0, 1 / 3, 2 / 3]])
def test_even_beats_are_heard(length, parts):
    beats = 0.3 + np.arange(40) * length
    assert f_measure(beats[:-1], heard_beats(performance(beats, parts))) > 0.95


def test_beats_are_followed_as_they_slow_down():
    beats = slowing(0.4, 0.7, 60)
    assert f_measure(beats[:-1], heard_beats(performance(beats, [0, 0.25, 0.5, 0.75]))) > 0.95


def test_beats_that_no_note_marks_are_put_between():
    beats = np.arange(40) * 0.5
    played = np.delete(beats, [7, 20, 33])
    assert f_measure(beats, tracked_beats(played, np.ones(len(played)))) > 0.95


def test_a_long_silence_is_crossed():
    seconds = np.concatenate([np.arange(16) * 0.5, 30 + np.arange(16) * 0.5])
    beats = tracked_beats(seconds, np.ones(32))
    assert f_measure(seconds, beats[(beats < 8) | (beats > 29.9)]) > 0.9
    assert np.diff(beats).max() < 2


def test_beats_rise():
    onset = np.sort(np.random.default_rng(0).integers(0, 30000, 300))
    beats = heard_beats(Score(500, Notes.of(onset=onset, duration=100, pitch=60)))
    assert (np.diff(beats) > 0).all()


@pytest.mark.parametrize("onset", [[], [0, 500], [0] * 12])
def test_too_few_notes_have_no_beats(onset):
    assert len(heard_beats(Score(500, Notes.of(onset=onset, duration=100, pitch=np.arange(len(onset)))))) == 0
