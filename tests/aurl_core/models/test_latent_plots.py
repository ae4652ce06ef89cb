import xml.etree.ElementTree as ET

import numpy as np
import pytest

from aurl_core.models.latent_plots import (
    draw_attribute_vectors,
    draw_importance,
    draw_interpolations,
    draw_traversals,
)

ATTRIBUTES = {"notes a bar": np.array([[1.0, 2, 3], [2, 3, 5]]), "mean pitch": np.array([[60.0, 61, 62], [64, 63, 62]])}
WAYS = [
    lambda: draw_interpolations(ATTRIBUTES),
    lambda: draw_traversals([-1, 0, 1], ATTRIBUTES),
    lambda: draw_attribute_vectors([-1, 0, 1], ATTRIBUTES),
]


def lines_of(svg: str) -> list[str]:
    paths = ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}path")
    return [path.get("style", "") for path in paths]


@pytest.mark.parametrize("draw", WAYS)
def test_each_way_and_their_mean_is_a_line(draw):
    styles = lines_of(draw())
    assert sum("#c9d3d8" in style for style in styles) == 4
    assert sum("stroke: #1f6f8b; stroke-width: 1.5" in style for style in styles) == 2


@pytest.mark.parametrize("draw", [*WAYS, lambda: draw_importance(np.eye(2), codes=["0", "1"], factors=["a", "b"])])
def test_the_same_input_is_the_same_picture(draw):
    assert draw() == draw()


def test_importance_is_drawn_with_its_names():
    svg = draw_importance(np.eye(2), codes=["0", "1"], factors=["notes", "pitch"], title="weight")
    assert all(f"<!-- {name} -->" in svg for name in ("notes", "pitch", "weight"))
