import pytest
from pydantic import ValidationError

from aurl_core.models.discriminator_params import DiscriminatorConfig


def test_layers_are_shared_out_evenly():
    assert DiscriminatorConfig(num_layers=9).layers_per_scale == 3


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"num_layers": 4}, "multiple of 3"),
        ({"local_window": 64, "phrase_window": 64}, r"phrase_window 64 is not above local_window 64.*take 256"),
    ],
)
def test_what_cannot_be_built_is_refused(settings, message):
    with pytest.raises(ValidationError, match=message):
        DiscriminatorConfig(**settings)
