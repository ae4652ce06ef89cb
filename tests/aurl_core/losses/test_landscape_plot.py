from xml.etree import ElementTree

import numpy as np

from aurl_core.losses.landscape import Landscape
from aurl_core.losses.landscape_plot import draw_landscape

STEPS = np.linspace(-1, 1, 5)
BOWL = Landscape(STEPS, STEPS, STEPS[:, None] ** 2 + STEPS**2)


def test_it_is_a_picture_that_depends_on_the_surface():
    root = ElementTree.fromstring(draw_landscape(BOWL))
    assert root.tag.endswith("svg")
    assert draw_landscape(BOWL) == draw_landscape(BOWL)
    assert draw_landscape(BOWL) != draw_landscape(BOWL._replace(loss_AB=BOWL.loss_AB + STEPS))


def test_its_scale_bears_the_loss():
    assert "<!-- nats a token -->" in draw_landscape(BOWL, label="nats a token")


def test_a_loss_that_is_no_number_stays_empty():
    loss_AB = BOWL.loss_AB.copy()
    loss_AB[0, 0], loss_AB[4, 4] = np.nan, np.inf
    assert draw_landscape(BOWL._replace(loss_AB=loss_AB)) != draw_landscape(BOWL)


def test_a_flat_surface_has_a_picture():
    flat = draw_landscape(BOWL._replace(loss_AB=np.ones((5, 5))))
    assert ElementTree.fromstring(flat).tag.endswith("svg")
