import numpy as np

from aurl_core.studies.chords.templates import NUM_CHORDS, QUALITIES, QUALITY_NAMES, ROOTS, TONES, harte_label

G7 = 12 * list(QUALITIES).index("7") + 7


def test_a_seventh_chord_has_its_four_tones():
    assert np.flatnonzero(TONES[G7]).tolist() == [2, 5, 7, 11]
    assert (ROOTS[G7], QUALITY_NAMES[G7]) == (7, "7")


def test_every_chord_holds_its_root():
    assert TONES[np.arange(NUM_CHORDS - 1), ROOTS[:-1]].all()


def test_an_inversion_names_its_bass_as_a_degree():
    assert [harte_label(G7, bass) for bass in (7, 11, 2, 5)] == ["G:7", "G:7/3", "G:7/5", "G:7/b7"]


def test_a_bass_outside_the_chord_is_not_named():
    assert harte_label(G7, 0) == "G:7"


def test_every_chord_has_a_label_of_its_own():
    assert len({harte_label(chord, -1) for chord in range(NUM_CHORDS)}) == NUM_CHORDS
