import pytest
from pydantic import ValidationError

from aurl_core.training.variational_params import AdaptiveBeta, CyclicalBeta, VariationalParams


def test_the_kind_tells_schedules_apart():
    assert VariationalParams(beta={"kind": "cyclical", "num_cycles": 2}).beta == CyclicalBeta(
        kind="cyclical", num_cycles=2
    )
    assert isinstance(VariationalParams(beta={"kind": "adaptive", "target_nats": 20}).beta, AdaptiveBeta)


@pytest.mark.parametrize(
    ("beta", "message"),
    [
        ({"kind": "constant", "end": 0.2}, "greater than or equal to 0.5"),
        ({"kind": "linear", "end": 5}, "less than or equal to 4"),
        ({"kind": "adaptive"}, "target_nats"),
        ({"kind": "steps"}, "'constant', 'linear', 'exponential', 'cosine', 'cyclical', 'adaptive'"),
    ],
)
def test_what_cannot_be_is_refused(beta, message):
    with pytest.raises(ValidationError, match=message):
        VariationalParams(beta=beta)
