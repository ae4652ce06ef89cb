from xml.etree import ElementTree

from aurl_core.training.callbacks.curve import Point
from aurl_core.training.curve_plot import draw_curve
from aurl_core.training.figures import Likelihood

POINTS = [
    Point(tokens=n * 1000, train_nats_per_token=3 / n, validation_nats_per_token=2 / n, validation_bits_per_note=6 / n)
    for n in (1, 2, 3)
]
BIGRAM = Likelihood(nats=20.0, num_tokens=10, num_notes=4)


def test_the_same_curve_is_the_same_text():
    assert draw_curve(POINTS, BIGRAM) == draw_curve(POINTS, BIGRAM)


def test_it_is_a_picture_that_depends_on_the_points():
    root = ElementTree.fromstring(draw_curve(POINTS, BIGRAM))
    assert root.tag.endswith("svg")
    assert draw_curve(POINTS, BIGRAM) != draw_curve(POINTS[:2], BIGRAM)


def test_samples_have_a_panel_of_their_own():
    sampled = [point | {"sample_quality": point["validation_nats_per_token"] / 3} for point in POINTS]
    assert "sample quality" in draw_curve(sampled, BIGRAM)
    assert "sample quality" not in draw_curve(POINTS, BIGRAM)


def test_stages_are_named_where_they_begin():
    names = {"pretrain", "polish"}
    drawn = draw_curve(POINTS, BIGRAM, [("pretrain", 2000), ("polish", 3000)])
    assert {name for name in names if f"<!-- {name} -->" in drawn} == names
    assert not any(name in draw_curve(POINTS, BIGRAM) for name in names)
