import subprocess
import sys

import pytest
from pydantic import ValidationError


def test_settings_do_not_load_torch():
    code = "import sys, aurl_core.training.params, aurl_core.models.params, aurl_core.augmentation.params"
    names = subprocess.check_output([sys.executable, "-c", f"{code}\nprint(*sys.modules)"], text=True).split()
    assert "aurl_core.models.params" in names
    assert {"torch", "numpy"}.isdisjoint(names)


def test_a_mean_of_means_is_refused(make_recipe):
    with pytest.raises(ValidationError, match=r"train\.averaging\.kind 'ema'"):
        make_recipe(optimizer={"kind": "schedule_free", "learning_rate": 1}, averaging={"kind": "ema"})


def test_samples_that_a_score_weighs_have_to_be_made(make_recipe):
    with pytest.raises(ValidationError, match=r"train\.checkpoints\.score\.quality 0\.5 weighs samples"):
        make_recipe(checkpoints={"score": {"quality": 0.5}})
    assert make_recipe(checkpoints={"score": {"quality": 0.5}}, num_samples=1)
