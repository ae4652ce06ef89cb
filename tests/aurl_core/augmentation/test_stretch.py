import numpy as np
import pytest

from aurl_core.augmentation.stretch import stretch_onsets, stretch_tempo
from aurl_core.score.score import WHOLE_PIECE, Events, Notes, Score
from aurl_core.score.time import TempoMap

RHYTHM = Notes.of(onset=[0, 240, 480, 640, 800, 960], duration=[240, 240, 160, 160, 160, 480], pitch=60)


def tempos(*rows: tuple[int, float]) -> Events:
    return Events.of([("tempo", onset, WHOLE_PIECE, 0, bpm, "") for onset, bpm in rows])


def seconds(score: Score) -> np.ndarray:
    return TempoMap.of(score).seconds(np.append(score.notes.onset, score.notes.offset))


@pytest.mark.parametrize("events", [tempos(), tempos((0, 90.0), (480, 140.0)), tempos((480, 60.0))])
@pytest.mark.parametrize("factor", [0.8, 1.2])
def test_another_tempo_keeps_every_step_and_scales_every_second(events, factor):
    score = Score(480, RHYTHM, events=events)
    stretched = stretch_tempo(score, factor)
    assert stretched.notes.equals(score.notes)
    assert seconds(stretched) == pytest.approx(factor * seconds(score))


def test_the_tempo_that_was_not_said_stands_first():
    events = Events.of([("lyric", 0, 0, 0, 0.0, "la")])
    stretched = stretch_tempo(Score(480, RHYTHM, events=events), 0.8).events
    assert stretched.value.tolist() == [150.0, 0.0]
    assert stretched.text.tolist() == ["", "la"]


@pytest.mark.parametrize("factor", [0.8, 1.2])
def test_stretched_onsets_keep_the_rhythm(factor):
    score = Score(480, RHYTHM, events=tempos((0, 90.0), (480, 140.0)))
    stretched = stretch_onsets(score, factor)
    assert stretched.notes.onset == pytest.approx(factor * score.notes.onset, abs=0.5)
    assert stretched.notes.offset == pytest.approx(factor * score.notes.offset, abs=0.5)
    assert seconds(stretched) == pytest.approx(factor * seconds(score), rel=0.01)


def test_nothing_drifts_over_an_hour():
    onset = np.arange(7200) * 479
    stretched = stretch_onsets(Score(480, Notes.of(onset=onset, duration=479, pitch=60)), 0.83)
    assert abs(stretched.notes.onset - 0.83 * onset).max() <= 0.5


def test_no_note_vanishes():
    short = Score(24, Notes.of(onset=[0, 1], duration=1, pitch=[60, 62]))
    assert stretch_onsets(short, 0.25).notes.duration.tolist() == [1, 1]
