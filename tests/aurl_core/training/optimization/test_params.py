import pytest
from pydantic import ValidationError

from aurl_core.training.optimization.params import OptimizerParams

OPTIMIZER = {"kind": "muon", "learning_rate": 0.01, "clip_norm": 1.0, "warmup_share": 0.0, "decay_share": 0.0}


def test_a_misspelt_setting_is_refused():
    with pytest.raises(ValidationError, match="learning_rates"):
        OptimizerParams(**OPTIMIZER, learning_rates=0.1)
