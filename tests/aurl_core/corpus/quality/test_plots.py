import re
from xml.etree import ElementTree

import numpy as np

from aurl_core.corpus.quality.plots import histogram, key_plot, pitch_plot, velocity_plot


def drawn(svg, kind):
    shapes = [node for node in ElementTree.fromstring(svg).iter("rect") if node.get("class") == kind]
    return [(float(node.get("x")), float(node.get("width")), float(node.get("height"))) for node in shapes]


def texts(svg):
    return [node.text or "" for node in ElementTree.fromstring(svg).iter("text")]


def test_a_histogram_has_a_bar_for_each_value_that_occurs():
    svg = histogram(np.array([1.0, 2.0, 2.0, 9.0]), is_ratio=False, description="x < y")
    heights = [height for _, _, height in drawn(svg, "bar")]
    assert (len(heights), max(heights) / min(heights)) == (3, 2)
    assert ElementTree.fromstring(svg).get("aria-label") == "x < y"


def test_a_median_at_the_edge_takes_the_place_of_the_edges_number():
    assert texts(histogram(np.array([4, 4, 4, 4, 8]), is_ratio=True, description="")) == ["4", "7.89"]


def test_nothing_to_draw_is_an_empty_picture():
    nothing = histogram(np.array([None, np.nan], object), is_ratio=True, description="")
    assert [drawn(svg, "bar") for svg in (nothing, pitch_plot(np.zeros(128, np.int64), description=""))] == [[], []]


def test_all_pieces_alike_are_one_bar():
    assert len(drawn(histogram(np.full(5, 120.0), is_ratio=True, description=""), "bar")) == 1


def test_the_keyboard_reaches_over_the_octaves_that_sound():
    counts = np.bincount([50, 60, 60, 71], minlength=128)
    svg = pitch_plot(counts, description="")
    assert (len(drawn(svg, "white")), len(drawn(svg, "black"))) == (14, 10)
    assert texts(svg) == ["C3", "C4"]


def test_velocities_stand_at_their_place():
    [(left, width, _)] = drawn(velocity_plot(np.bincount([64], minlength=128), description=""), "bar")
    assert left < 320 * 64.5 / 128 < left + width


def test_keys_stand_along_the_circle_of_fifths():
    svg = key_plot(["G major", "G major", "C major", "A minor", None], description="")
    names = [text for text in texts(svg) if re.match("[A-G]", text)]
    assert names == ["D♭", "A♭", "E♭", "B♭", "F", "C", "G", "D", "A", "E", "B", "F♯"]
    tallest = max(drawn(svg, "bar"), key=lambda bar: bar[2])
    assert drawn(svg, "bar").index(tallest) == names.index("G")
    assert sum(height > 0 for _, _, height in drawn(svg, "minor")) == 1
