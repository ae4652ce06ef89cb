import numpy as np

from aurl_core.score.score import Notes, Score
from aurl_core.studies.frames import Frames
from aurl_core.studies.structure.self_similarity import bar_harmony, bar_texture, likeness

NOTES = Notes.of(
    onset=[0, 48, 96, 144, 192, 240, 384],
    duration=[48, 48, 48, 48, 48, 48, 96],
    pitch=[60, 64, 64, 60, 66, 70, 60],
)
BARS = Frames.bars(Score(24, NOTES))


def test_harmony_hears_the_same_tones_in_another_order_as_equal():
    alike = likeness(bar_harmony(NOTES, BARS))
    np.testing.assert_allclose(alike[0, 1], 1.0)
    np.testing.assert_allclose(alike[0, 2], 0.0)


def test_texture_does_not():
    assert likeness(bar_texture(NOTES, BARS))[0, 1] == 0.0


def test_silent_bars_are_alike_and_unlike_sounding_ones():
    notes = Notes.of(onset=[0, 288], duration=[96, 96], pitch=[60, 60])
    alike = likeness(bar_harmony(notes, Frames.bars(Score(24, notes))))
    assert alike[1, 2] == 1.0
    assert alike[0, 1] == 0.0


def test_likeness_is_symmetric_and_whole_on_the_diagonal():
    alike = likeness(bar_texture(NOTES, BARS))
    np.testing.assert_allclose(alike, alike.T)
    np.testing.assert_allclose(np.diagonal(alike), 1.0)
