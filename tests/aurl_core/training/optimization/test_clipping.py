import pytest
import torch
from pydantic import TypeAdapter

from aurl_core.training.optimization.clipping import Clipper, build_clipper
from aurl_core.training.optimization.clipping_params import ClipParams


def clipper(**settings) -> Clipper:
    return build_clipper(TypeAdapter(ClipParams).validate_python(settings))


def clipped(by: Clipper, gradient: list[float], weight: list[float] | None = None) -> tuple[list[float], float]:
    """The gradient of one weight after clipping, and the norm that the clipper told."""
    parameter = torch.nn.Parameter(torch.tensor(weight or [0.0] * len(gradient)))
    parameter.grad = torch.tensor(gradient)
    norm = by([parameter, torch.nn.Parameter(torch.ones(2))])
    return parameter.grad.tolist(), float(norm)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"kind": "off"}, [3.0, 4.0]),
        ({"kind": "norm", "norm": 2.5}, [1.5, 2.0]),
        ({"kind": "norm", "norm": 10.0}, [3.0, 4.0]),
        ({"kind": "value", "value": 3.5}, [3.0, 3.5]),
    ],
)
def test_gradients_are_limited_and_their_norm_is_told(settings, expected):
    gradient, norm = clipped(clipper(**settings), [3.0, 4.0])
    assert gradient == pytest.approx(expected, rel=1e-5)
    assert norm == 5


def test_a_unit_is_limited_by_its_own_weights():
    gradient, _ = clipped(clipper(kind="agc", share=0.1), [3.0, 4.0], weight=[0.0, 10.0])
    assert gradient == pytest.approx([0.6, 0.8], rel=1e-5)


def test_what_is_usual_is_learnt_from_the_last_norms():
    by = clipper(kind="adaptive", window=4, quantile=0.5, factor=2, norm=1, least_history=3)
    assert [clipped(by, [size])[0] for size in (5.0, 0.5, 0.5, 0.5)] == [[pytest.approx(1)], [0.5], [0.5], [0.5]]
    assert clipped(by, [7.0])[0] == pytest.approx([1])
    for _ in range(4):
        clipped(by, [4.0])
    assert clipped(by, [100.0])[0] == pytest.approx([8])


def test_a_gradient_without_a_size_teaches_nothing_of_what_is_usual():
    by = clipper(kind="adaptive", window=4, least_history=1, factor=1)
    clipped(by, [2.0])
    clipped(by, [float("inf")])
    assert clipped(by, [5.0])[0] == pytest.approx([2])


def test_what_is_usual_is_part_of_the_state():
    one, other = (clipper(kind="adaptive", window=4, least_history=1, factor=1) for _ in range(2))
    clipped(one, [2.0])
    other.load_state_dict(one.state_dict())
    assert clipped(other, [5.0])[0] == pytest.approx([2])
