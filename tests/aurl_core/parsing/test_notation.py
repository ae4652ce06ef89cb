from fractions import Fraction

import pytest

from aurl_core.errors import ParseError
from aurl_core.parsing.midi import read_midi
from aurl_core.parsing.notation import read_notation
from aurl_core.parsing.stated import Stated
from aurl_core.rendering.midi import write_midi
from aurl_core.score.phrases import FERMATA
from aurl_core.score.time import BarGrid

HEADER = '<?xml version="1.0"?><score-partwise version="4.0">'
ATTRIBUTES = (
    "<attributes><divisions>2</divisions><key><fifths>-1</fifths><mode>minor</mode></key>"
    "<time><beats>4</beats><beat-type>4</beat-type></time></attributes>"
)


def note(step, octave, length, *more):
    return (
        f"<note><pitch><step>{step}</step><octave>{octave}</octave></pitch><duration>{length}</duration>"
        f"<voice>1</voice>{''.join(more)}</note>"
    )


def score_file(folder, *parts, title="", composer=""):
    """A MusicXML file of parts, each a name and the insides of its measures."""
    names = "".join(
        f'<score-part id="P{n}"><part-name>{name}</part-name></score-part>' for n, (name, _) in enumerate(parts)
    )
    music = "".join(
        f'<part id="P{n}">'
        + "".join(f'<measure number="{m}">{inside}</measure>' for m, inside in enumerate(measures))
        + "</part>"
        for n, (_, measures) in enumerate(parts)
    )
    about = f"<work><work-title>{title}</work-title></work>" if title else ""
    about += f'<identification><creator type="composer">{composer}</creator></identification>' if composer else ""
    file = folder / "piece.musicxml"
    file.write_text(f"{HEADER}{about}<part-list>{names}</part-list>{music}</score-partwise>")
    return file


def notes_of(score):
    """(onset, duration) in beats, pitch and track of each note."""
    columns = (score.notes.onset, score.notes.duration, score.notes.pitch, score.notes.track)
    clock = score.ticks_per_beat
    return [
        (Fraction(o, clock), Fraction(d, clock), p, t)
        for o, d, p, t in zip(*(c.tolist() for c in columns), strict=True)
    ]


CHORALE_END = [
    ATTRIBUTES + note("D", 5, 2, "<lyric><syllabic>begin</syllabic><text>A</text></lyric>"),
    note("E", 5, 2, '<tie type="start"/>')
    + note("E", 5, 4, '<tie type="stop"/>')
    + note("F", 5, 2, "<lyric><syllabic>end</syllabic><text>men</text></lyric>"),
    note("D", 5, 6, "<notations><fermata/></notations>"),
]


@pytest.fixture
def chorale(tmp_path):
    return read_notation(score_file(tmp_path, ("Soprano", CHORALE_END), title="Amen", composer="J. S. Bach"))


def test_tied_notes_are_one(chorale):
    assert notes_of(chorale.score) == [(0, 1, 74, 0), (1, 3, 76, 0), (4, 1, 77, 0), (5, 3, 74, 0)]


def test_bars_that_their_meter_does_not_fill_are_bars_of_their_own_length(chorale):
    grid = BarGrid.of(chorale.score)
    assert (grid.length / chorale.score.ticks_per_beat).tolist() == [1, 4, 3]
    assert list(zip(grid.numerator.tolist(), grid.denominator.tolist(), strict=True)) == [(1, 4), (4, 4), (3, 4)]


def test_keys_fermatas_and_lyrics_are_events(chorale):
    events, clock = chorale.score.events, chorale.score.ticks_per_beat
    keys, markers, lyrics = (events.select(kind) for kind in ("key_signature", "marker", "lyric"))
    assert (keys.number.tolist(), keys.value.tolist()) == ([-1], [1.0])
    assert (markers.text.tolist(), markers.onset.tolist()) == ([FERMATA], [5 * clock])
    assert (lyrics.text.tolist(), lyrics.track.tolist()) == (["A-", "men"], [0, 0])


def test_title_composer_and_voice_are_kept(chorale):
    assert (chorale.stated.title, chorale.stated.composer) == ("Amen", "J. S. Bach")
    assert (chorale.score.tracks[0].name, chorale.score.tracks[0].voice, chorale.score.tracks[0].program) == (
        "Soprano", "soprano", 52,
    )  # fmt: skip


def test_what_is_written_reads_back_the_same(chorale):
    assert read_midi(write_midi(chorale.score)).equals(chorale.score)


def test_each_part_with_notes_is_a_track_of_its_own_channel(tmp_path):
    rest = ATTRIBUTES + "<note><rest/><duration>8</duration></note>"
    file = score_file(
        tmp_path,
        ("Violin I", [ATTRIBUTES + note("A", 4, 8)]),
        ("Silent", [rest]),
        ("Violoncello", [ATTRIBUTES + note("C", 3, 8)]),
    )
    tracks = read_notation(file).score.tracks
    assert [(track.name, track.program, track.channel) for track in tracks] == [
        ("Violin I", 40, 0),
        ("Violoncello", 42, 1),
    ]


def test_chord_symbols_tempi_and_dynamics(tmp_path):
    symbol = "<harmony><root><root-step>G</root-step></root><kind>dominant</kind></harmony>"
    mark = "<direction><direction-type><metronome><beat-unit>quarter</beat-unit><per-minute>66</per-minute></metronome>"
    loud = "<direction><direction-type><dynamics><ff/></dynamics></direction-type></direction>"
    file = score_file(
        tmp_path, ("Piano", [ATTRIBUTES + mark + "</direction-type></direction>" + loud + symbol + note("G", 4, 8)])
    )
    score = read_notation(file).score
    assert score.events.select("chord_symbol").text.tolist() == ["G7"]
    assert score.events.select("tempo").value.tolist() == [66.0]
    assert score.notes.velocity.tolist() == [108]
    assert notes_of(score) == [(0, 4, 67, 0)]


def test_tuplets_are_exact(tmp_path):
    septuplet = "<time-modification><actual-notes>7</actual-notes><normal-notes>4</normal-notes></time-modification>"
    attributes = ATTRIBUTES.replace("<divisions>2<", "<divisions>14<")
    sevenths = "".join(note("C", 4, 8, "<type>quarter</type>", septuplet) for _ in range(7))
    score = read_notation(score_file(tmp_path, ("Oboe", [attributes + sevenths]))).score
    assert score.ticks_per_beat % 7 == 0
    assert {duration for _, duration, _, _ in notes_of(score)} == {Fraction(4, 7)}


def test_unisons_of_two_voices_are_what_midi_can_hold(tmp_path):
    two = (
        note("C", 4, 8) + "<backup><duration>8</duration></backup>" + note("C", 4, 2).replace(">1</voice", ">2</voice")
    )
    later = note("C", 4, 2).replace(">1</voice", ">2</voice")
    score = read_notation(score_file(tmp_path, ("Organ", [ATTRIBUTES + two + later]))).score
    assert notes_of(score) == [(0, 1, 60, 0), (1, 1, 60, 0)]


def test_humdrum_records_say_who_wrote_what_when(tmp_path):
    file = tmp_path / "song.krn"
    records = "!!!COM: Chopin, Frederic\n!!!ODT: 1830///-1832///\n!!!OTL: Mazurka\n!!!AGN: mazurka\n"
    file.write_text(records + "**kern\n*M4/4\n=1\n1c\n==\n*-\n")
    assert read_notation(file).stated == Stated("Mazurka", "Chopin, Frederic", "mazurka", 1830)


def test_abc_is_read_with_its_pickup(tmp_path):
    file = tmp_path / "tune.abc"
    file.write_text("X:1\nT:A Tune\nM:3/4\nL:1/4\nK:G\nD | G A B | c2 |]\n")
    notation = read_notation(file)
    assert notation.stated.title == "A Tune"
    assert (BarGrid.of(notation.score).length / notation.score.ticks_per_beat).tolist() == [1, 3, 2]


def test_abc_without_a_unit_of_length_is_in_eighths(tmp_path):
    file = tmp_path / "tune.abc"
    file.write_text("X:1\nT:a\nK:C\nCDEF GABc|\n")
    score = read_notation(file).score
    assert set((score.notes.duration / score.ticks_per_beat).tolist()) == {0.5}


def test_music_without_bars_keeps_its_meter(tmp_path):
    file = tmp_path / "tune.abc"
    file.write_text("X:1\nM:3/4\nL:1/4\nK:G\nG A B\n")
    meters = read_notation(file).score.events.select("time_signature")
    assert (meters.number.tolist(), meters.value.tolist()) == ([3], [4.0])


def test_grace_notes_are_left_out(tmp_path):
    grace = "<note><grace/><pitch><step>B</step><octave>4</octave></pitch><voice>1</voice></note>"
    score = read_notation(score_file(tmp_path, ("Flute", [ATTRIBUTES + grace + note("C", 5, 8)]))).score
    assert notes_of(score) == [(0, 4, 72, 0)]


@pytest.mark.parametrize(
    ("name", "text", "detail"),
    [
        ("broken.musicxml", "<score-partwise>", "music21 stopped with"),
        ("many.abc", "X:1\nL:1/4\nK:C\nC\n\nX:2\nL:1/4\nK:C\nD\n", "the file holds 2 pieces"),
        ("silent.abc", "X:1\nM:4/4\nL:1/4\nK:C\nz4 |\n", "no note sounds"),
    ],
)
def test_what_cannot_be_converted_says_why(tmp_path, name, text, detail):
    file = tmp_path / name
    file.write_text(text)
    with pytest.raises(ParseError, match=detail) as caught:
        read_notation(file)
    assert caught.value.reason == "notation"
