"""`aurl inspect`, `render` and `convert` on one small piece."""

import wave
from collections.abc import Callable
from pathlib import Path

import pytest

from aurl_core.parsing.midi import read_midi
from aurl_core.rendering.midi import write_midi
from aurl_core.score.score import WHOLE_PIECE, Events, Notes, Score, Track

Aurl = Callable[..., tuple[int, str, str]]


@pytest.fixture
def piece(tmp_path: Path) -> Path:
    """C major in three quarter notes, the last written twice."""
    notes = Notes.of(onset=[0, 480, 960, 960], duration=480, pitch=[60, 64, 67, 67])
    events = Events.of([("tempo", 0, WHOLE_PIECE, 0, 90.0, ""), ("time_signature", 0, WHOLE_PIECE, 3, 4.0, "")])
    file = tmp_path / "piece.mid"
    file.write_bytes(write_midi(Score(480, notes, (Track("Flute", program=73),), events)))
    return file


def test_inspect_says_what_is_in_it(aurl: Aurl, piece: Path) -> None:
    code, out, _ = aurl("inspect", piece)

    assert code == 0
    for words in ("90 BPM", "3/4", "C major", "Flute", "C4 to G4", "480 ticks a beat", "1 bars, 3 notes"):
        assert words in out


def test_inspect_lists_the_repairs_that_parse_would_make(aurl: Aurl, piece: Path) -> None:
    assert "duplicate_note" in aurl("inspect", piece)[1]


def test_midi_becomes_musicxml_and_comes_back(aurl: Aurl, piece: Path) -> None:
    middle, back = piece.with_suffix(".musicxml"), piece.with_name("back.mid")

    assert aurl("convert", piece, middle)[0] == 0
    assert aurl("convert", middle, back)[0] == 0

    assert read_midi(back.read_bytes()).notes.pitch.tolist() == [60, 64, 67]


def test_render_makes_sound_of_the_right_length(aurl: Aurl, piece: Path) -> None:
    aurl("render", piece, piece.with_suffix(".wav"))

    with wave.open(str(piece.with_suffix(".wav"))) as sound:
        assert sound.getnframes() / sound.getframerate() > 2.0


def test_render_engraves(aurl: Aurl, piece: Path) -> None:
    aurl("render", piece, piece.with_suffix(".svg"))

    assert piece.with_suffix(".svg").read_text().startswith("<svg")


@pytest.mark.parametrize(
    ("source", "target", "words"),
    [
        ("piece.mid", "piece.mp3", ".mp3 is none of .mid"),
        ("piece.txt", "piece.mid", ".txt is none of .mid"),
        ("none.mid", "piece.mid", "none.mid is no file"),
        ("broken.mid", "piece.wav", "broken.mid holds no music that can be read (not_midi"),
    ],
)
def test_what_cannot_be_done_is_said(aurl: Aurl, piece: Path, source: str, target: str, words: str) -> None:
    (piece.parent / "broken.mid").write_bytes(b"this is no MIDI file")
    (piece.parent / "piece.txt").write_text("")

    code, _, err = aurl("convert", piece.parent / source, piece.parent / target)

    assert code == 1
    assert words in err


def test_a_file_is_never_written_over_itself(aurl: Aurl, piece: Path) -> None:
    before = piece.read_bytes()

    code, _, err = aurl("convert", piece, piece)

    assert code == 1
    assert "name another" in err
    assert piece.read_bytes() == before
