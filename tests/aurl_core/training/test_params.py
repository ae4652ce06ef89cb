import subprocess
import sys

import pytest
from pydantic import ValidationError

from aurl_core.training.params import OptimizerParams

OPTIMIZER = {"kind": "muon", "learning_rate": 0.01, "clip_norm": 1.0, "warmup_share": 0.0, "decay_share": 0.0}


def test_a_misspelt_setting_is_refused():
    with pytest.raises(ValidationError, match="learning_rates"):
        OptimizerParams(**OPTIMIZER, learning_rates=0.1)


def test_settings_do_not_load_torch():
    code = "import sys, aurl_core.training.params, aurl_core.models.params, aurl_core.augmentation.params"
    names = subprocess.check_output([sys.executable, "-c", f"{code}\nprint(*sys.modules)"], text=True).split()
    assert "aurl_core.models.params" in names
    assert {"torch", "numpy"}.isdisjoint(names)
