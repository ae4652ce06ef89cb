import pytest
from pydantic import TypeAdapter, ValidationError

from aurl_core.training.beta import Beta
from aurl_core.training.variational_params import BetaParams


def beta(num_steps=8, **settings) -> Beta:
    return Beta(TypeAdapter(BetaParams).validate_python(settings), num_steps=num_steps)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"kind": "constant", "end": 2}, [2, 2, 2, 2, 2, 2, 2, 2]),
        ({"kind": "linear", "start": 0.2, "end": 1}, [0.2, 0.4, 0.6, 0.8, 1, 1, 1, 1]),
        ({"kind": "exponential", "start": 0.25, "end": 4}, [0.25, 0.5, 1, 2, 4, 4, 4, 4]),
        ({"kind": "cosine", "start": 0.2, "end": 1}, [0.2, 0.317, 0.6, 0.883, 1, 1, 1, 1]),
        ({"kind": "cyclical", "num_cycles": 2}, [0, 0.5, 1, 1, 0, 0.5, 1, 1]),
    ],
)
def test_beta_along_a_training(settings, expected):
    schedule = beta(**settings)
    assert [schedule(step) for step in range(8)] == pytest.approx(expected, abs=1e-3)


def test_an_adaptive_beta_brings_the_divergence_to_its_target():
    """A world in which latents carry 60 / beta nats: beta 2 is where they carry 30."""
    schedule = beta(kind="adaptive", target_nats=30, start=0.5, gain=0.1)
    for step in range(200):
        schedule.hear(60 / schedule(step))
    assert schedule(200) == pytest.approx(2, rel=1e-3)


def test_an_adaptive_beta_stays_below_its_end_and_is_kept_in_a_checkpoint():
    schedule, resumed = (beta(kind="adaptive", target_nats=1, end=1.5, gain=1) for _ in range(2))
    for _ in range(20):
        schedule.hear(100)
    resumed.load_state_dict(schedule.state_dict())
    assert resumed(20) == schedule(20) == pytest.approx(1.5)


def test_other_kinds_heed_no_divergence():
    schedule = beta(kind="constant")
    schedule.hear(1e6)
    assert schedule(0) == 1


@pytest.mark.parametrize("end", [0.4, 4.1])
def test_a_beta_out_of_range_is_refused(end):
    with pytest.raises(ValidationError, match=r"end\n.*(0\.5|4)"):
        beta(kind="linear", end=end)
