import pytest

from aurl_core.rendering.spelling import likely_fifths, signature_alter, spell_pitch
from aurl_core.score.score import Notes


def name(spelling):
    return spelling.step + {-2: "bb", -1: "b", 0: "", 1: "#", 2: "x"}[spelling.alter] + str(spelling.octave)


@pytest.mark.parametrize(
    ("pitch", "fifths", "expected"),
    [
        (60, 0, "C4"), (61, 0, "C#4"), (63, 0, "Eb4"), (68, 0, "G#4"), (70, 0, "Bb4"),
        (59, -6, "Cb4"), (60, 7, "B#3"), (62, 7, "Cx4"), (58, 5, "A#3"), (21, 0, "A0"), (66, -1, "F#4"),
    ],
)  # fmt: skip
def test_pitches_take_the_name_nearest_to_the_key(pitch, fifths, expected):
    assert name(spell_pitch(pitch, fifths=fifths)) == expected


def test_every_spelling_sounds_as_its_pitch():
    naturals = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
    for fifths in range(-7, 8):
        for pitch in range(128):
            step, alter, octave = spell_pitch(pitch, fifths=fifths)
            assert naturals[step] + alter + 12 * (octave + 1) == pitch


def test_key_signatures():
    assert [step for step in "FCGDAEB" if signature_alter(step, fifths=3)] == ["F", "C", "G"]
    assert [step for step in "FCGDAEB" if signature_alter(step, fifths=-2)] == ["E", "B"]
    assert signature_alter("B", fifths=-1) == -1


@pytest.mark.parametrize(("tonic", "fifths"), [(0, 0), (2, 2), (5, -1), (11, 5), (10, -2)])
def test_a_scale_gives_away_its_key(tonic, fifths):
    scale = [60 + tonic + interval for interval in (0, 2, 4, 5, 7, 9, 11)]
    assert likely_fifths(Notes.of(onset=0, duration=24, pitch=scale)) == fifths


def test_long_notes_weigh_more_than_passing_ones():
    notes = Notes.of(onset=0, duration=[96] * 7 + [3], pitch=[60, 62, 64, 65, 67, 69, 71, 66])
    assert likely_fifths(notes) == 0
