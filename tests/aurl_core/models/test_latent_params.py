import pytest
from pydantic import ValidationError

from aurl_core.models.latent_params import FlowPriorConfig, LatentConfig


def test_sizes_of_the_levels():
    sizes = LatentConfig(dim=128, bars=9, phrase_bars=4).sizes
    assert {level: tuple(size) for level, size in sizes.items()} == {
        "piece": (1, 64),
        "phrase": (3, 32),
        "bar": (9, 32),
    }


def test_the_kind_tells_priors_apart():
    assert LatentConfig(dim=8, prior={"kind": "flow", "hidden_dim": 3}).prior == FlowPriorConfig(hidden_dim=3)
    with pytest.raises(ValidationError, match="'normal', 'mixture', 'flow'"):
        LatentConfig(dim=8, prior={"kind": "uniform"})
