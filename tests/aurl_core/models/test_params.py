import pytest
from pydantic import ValidationError

from aurl_core.models.params import TransformerConfig

SMALL = {
    "mode": "transformer",
    "num_layers": 1,
    "num_heads": 2,
    "model_dim": 8,
    "feedforward": "gelu",
    "feedforward_dim": 16,
    "context_length": 4,
}


def test_heads_share_the_width():
    assert TransformerConfig(**SMALL).head_dim == 4


def test_heads_of_odd_width_are_refused():
    with pytest.raises(ValidationError, match=r"model_dim 6 is not a multiple of twice model\.num_heads 2"):
        TransformerConfig(**SMALL | {"model_dim": 6})


def test_an_unknown_key_is_refused():
    with pytest.raises(ValidationError, match="num_layer"):
        TransformerConfig(**SMALL | {"num_layer": 3})
