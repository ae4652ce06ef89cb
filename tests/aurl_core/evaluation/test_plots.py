import xml.etree.ElementTree as ET

import numpy as np
import pytest

from aurl_core.evaluation.plots import curve_plot, distribution_plot

NAN = float("nan")


def distribution(generated=(1.0, 2.0, 4.0), real=(1.0, 3.0, 3.5), name="spread"):
    return distribution_plot(
        name, generated=np.array(generated), real=np.array(real), unit="bits", description="Two spreads"
    )


def curve(tokens=(1e6, 2e6), likelihood=(3.0, 2.0)):
    return curve_plot("curve", tokens=tokens, likelihood=likelihood, baseline=6.5, unit="bits", description="A curve")


def test_the_same_values_give_the_same_bytes():
    assert distribution() == distribution()
    assert curve() == curve()


@pytest.mark.parametrize("svg", [distribution(), curve()], ids=["distribution", "curve"])
def test_colours_are_the_pages_and_no_id_is_shared(svg):
    root = ET.fromstring(svg)
    assert root.get("role") == "img"
    assert root.get("aria-label")
    assert root.get("width") is None
    assert "var(--generated)" in svg
    assert "var(--real)" in svg
    assert not any(f"#0{n}0{n}0{n}" in svg for n in range(1, 5))
    assert "<style" not in svg
    assert "<metadata" not in svg


def test_ids_and_their_references_bear_the_name():
    root = ET.fromstring(distribution(name="entropy"))
    ids = {element.get("id") for element in root.iter() if element.get("id")}
    links = {value[1:] for element in root.iter() for key, value in element.attrib.items() if key.endswith("href")}
    assert all(one.startswith("entropy-") for one in ids)
    assert links <= ids


def test_each_piece_is_a_tick():
    few, many = distribution(generated=(1.0, NAN, 2.0)), distribution(generated=(1.0, 1.2, 1.5, 2.0))
    assert many.count("<use") - few.count("<use") == 2


@pytest.mark.parametrize(
    ("generated", "real"), [((), ()), ((NAN,), (1.0,)), ((2.0, 2.0), (2.0, 2.0)), ((0.0,), (1.0, 2.0))]
)
def test_little_to_show_is_still_a_plot(generated, real):
    assert ET.fromstring(distribution(generated, real)).tag.endswith("svg")


def test_the_curve_tells_where_it_ends_and_what_the_bigram_says():
    text = "".join(ET.fromstring(curve()).itertext())
    assert "bigram 6.50" in text
    assert "2.00" in text


def test_a_curve_without_points_shows_the_bigram():
    assert "bigram 6.50" in "".join(ET.fromstring(curve((), ())).itertext())
