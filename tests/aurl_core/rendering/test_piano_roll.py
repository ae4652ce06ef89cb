import re
import xml.etree.ElementTree as ET

from aurl_core.rendering.piano_roll import draw_piano_roll
from aurl_core.score.score import Notes, Score, Track

SVG = "{http://www.w3.org/2000/svg}"


def strokes(picture):
    """Note strokes: [(colour, strength, [(x, y, length)])]."""
    paths = [path for path in ET.fromstring(picture).iter(f"{SVG}path") if path.get("stroke")]
    numbers = [[tuple(map(float, m)) for m in re.findall(r"M([\d.]+) ([\d.]+)h([\d.]+)", p.get("d"))] for p in paths]
    return [(p.get("stroke"), float(p.get("stroke-opacity")), n) for p, n in zip(paths, numbers, strict=True)]


def test_notes_lie_by_time_and_pitch():
    ((_, _, notes),) = strokes(draw_piano_roll(Score(24, Notes.of(onset=[0, 48], duration=[24, 48], pitch=[60, 72]))))
    (early, low, short), (late, high, long) = notes
    assert early < late
    assert low > high
    assert abs(long / short - 2) < 0.02


def test_tracks_have_colours_and_loud_notes_are_stronger():
    notes = Notes.of(onset=0, duration=24, pitch=[60, 64, 67], velocity=[20, 120, 64], track=[0, 0, 1])
    first, second, third = strokes(draw_piano_roll(Score(24, notes, (Track(), Track()))))
    assert first[0] == second[0] != third[0]
    assert first[1] < third[1] < second[1]


def test_bars_are_numbered_where_there_is_room():
    def numbers(num_bars):
        picture = draw_piano_roll(Score(24, Notes.of(onset=0, duration=96 * num_bars, pitch=60)))
        return [t.text for t in ET.fromstring(picture).iter(f"{SVG}text") if not t.text.startswith("C")]

    assert numbers(4) == ["1", "2", "3", "4"]
    assert numbers(100)[:3] == ["1", "9", "17"]


def test_the_picture_is_self_contained_and_titled():
    picture = draw_piano_roll(Score(24), width=500, height=100, title="A & B")
    assert ET.fromstring(picture).findtext(f"{SVG}title") == "A & B"
    assert "http" not in picture.replace("http://www.w3.org/2000/svg", "")


def test_a_long_piece_stays_compact():
    onset = list(range(0, 40_000, 10))
    notes = Notes.of(onset=onset, duration=10, pitch=[40 + at % 37 for at in onset])
    assert len(draw_piano_roll(Score(24, notes))) < 25 * len(notes)
