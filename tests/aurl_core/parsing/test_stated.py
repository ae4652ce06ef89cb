import pytest

from aurl_core.parsing.stated import Stated, filled_up, stated_in

NAME, TEXT, COPYRIGHT, TEMPO = 3, 1, 2, bytes.fromhex("00ff5103 07a120")
END, PIANO = bytes.fromhex("00ff2f00"), bytes.fromhex("00c000")


def meta(kind, text, *, delta=0):
    content = text.encode() if isinstance(text, str) else text
    assert len(content) < 128
    return bytes([delta, 0xFF, kind, len(content)]) + content


def midi(*tracks):
    chunks = [b"MTrk" + len(track + END).to_bytes(4) + track + END for track in tracks]
    return b"MThd" + (6).to_bytes(4) + b"\0\1" + len(tracks).to_bytes(2) + b"\1\xe0" + b"".join(chunks)


def test_the_first_tracks_name_is_the_title_if_it_plays_nothing():
    assert stated_in(midi(TEMPO + meta(NAME, "Für  Elise"), meta(NAME, "Left"))).title == "Für Elise"
    assert stated_in(midi(meta(NAME, "Flute solo") + PIANO, meta(NAME, "Left"))).title is None


@pytest.mark.parametrize("name", ["", "Track 1", "untitled", "Conductor", "tempo track", "PIANO", " -- ", "Seq-12"])
def test_names_that_sequencers_give_are_no_titles(name):
    assert stated_in(midi(meta(NAME, name))).title is None


def test_karaoke_says_title_and_author():
    words = [meta(TEXT, text) for text in ("@LENGL", "@TMoon River", "@TH. Mancini")]
    assert stated_in(midi(meta(NAME, "Soft karaoke"), b"".join(words))) == Stated(
        title="Moon River", composer="H. Mancini"
    )


def test_texts_name_the_composer():
    assert stated_in(midi(meta(TEXT, "Composed by: Clara Schumann"))).composer == "Clara Schumann"
    assert stated_in(midi(meta(TEXT, "Sequenced by somebody"))).composer is None


def test_the_copyright_is_the_licence():
    assert stated_in(midi(meta(COPYRIGHT, "© 1999 A. Person".encode("latin-1")))).licence_note == "© 1999 A. Person"


def test_what_comes_later_in_the_music_is_no_header():
    assert stated_in(midi(meta(TEXT, "Composer: Nobody", delta=96))).composer is None


@pytest.mark.parametrize("data", [b"", b"MTrk", b"no MIDI at all", midi(b"\0\xff\3\xff"), midi(b"\0\xff\3\x7f")])
def test_damage_says_nothing(data):
    assert stated_in(data) == Stated()


def test_what_is_said_first_counts():
    together = filled_up(Stated(title="A"), Stated(title="B", style_tags=("x",)), Stated(year=1700, style_tags=("y",)))
    assert together == Stated(title="A", year=1700, style_tags=("x",))
