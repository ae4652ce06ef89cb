import numpy as np
import pytest

from aurl_core.errors import InputError
from aurl_core.score.score import WHOLE_PIECE, Events, Notes, Score, Track
from aurl_core.studies.structure.form import MOST_BARS, SectionStudy, section_groups, section_letter, section_similarity

PIECE = {"piece_id": "a"}


def song(form, *, bars=8):
    """Eight quarter-note bars a letter, the same ones wherever the letter returns."""
    tunes = {
        letter: np.random.default_rng(ord(letter)).choice([60, 62, 64, 65, 67, 69, 71], 4 * bars) for letter in form
    }
    pitch = np.concatenate([tunes[letter] + 5 * (ord(letter) % 2) for letter in form])
    return Score(24, Notes.of(onset=np.arange(len(pitch)) * 24, duration=24, pitch=pitch))


def test_a_song_form_is_found_with_its_returns(params):
    table = SectionStudy(params).analyze(PIECE, song("ABACABA"))
    assert table["start_bar"].to_pylist() == [0, 8, 16, 24, 32, 40, 48]
    assert "".join(table["label"].to_pylist()) == "ABACABA"
    assert table["start_beat"].to_pylist() == [0, 32, 64, 96, 128, 160, 192]


def test_sections_cover_the_piece_without_gaps(params):
    table = SectionStudy(params).analyze(PIECE, song("ABCABD"))
    start, end = table["start_beat"].to_pylist(), table["end_beat"].to_pylist()
    assert (start[0], end[-1]) == (0.0, 192.0)
    assert start[1:] == end[:-1]


def test_a_pickup_bar_shifts_what_follows(params):
    notes = song("ABACABA").notes
    shifted = Notes.of(onset=np.append(0, notes.onset + 24), duration=24, pitch=np.append(60, notes.pitch))
    meter = [("time_signature", 0, WHOLE_PIECE, 1, 4.0, ""), ("time_signature", 24, WHOLE_PIECE, 4, 4.0, "")]
    table = SectionStudy(params).analyze(PIECE, Score(24, shifted, events=Events.of(meter)))
    assert {17, 25, 33, 41, 49} <= set(table["start_bar"].to_pylist())


def test_a_piece_too_long_to_compare_all_bars_is_refused(params):
    endless = Score(24, Notes.of(onset=[0, 96 * MOST_BARS], duration=24, pitch=60))
    with pytest.raises(InputError, match="2501 bars are too many"):
        SectionStudy(params).analyze(PIECE, endless)


def test_drums_alone_have_no_sections(params):
    score = Score(24, Notes.of(onset=[0], duration=24, pitch=[36]), (Track(is_drum=True),))
    assert len(SectionStudy(params).analyze(PIECE, score)) == 0


def test_too_unequal_sections_are_not_alike():
    similarity = section_similarity(np.ones((12, 12)), np.array([0, 8, 11]), np.array([8, 11, 12]))
    assert similarity[0].tolist() == [1.0, 0.0, 0.0]


def test_a_section_joins_the_group_it_is_most_like():
    similarity = np.array([[1.0, 0.0, 0.8], [0.0, 1.0, 0.9], [0.8, 0.9, 1.0]])
    assert section_groups(similarity, threshold=0.7) == [0, 1, 1]


def test_letters_go_on_after_z():
    assert [section_letter(group) for group in (0, 25, 26)] == ["A", "Z", "A1"]
