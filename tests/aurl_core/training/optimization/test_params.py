import pytest
from pydantic import TypeAdapter, ValidationError

from aurl_core.training.optimization.params import OptimizerParams

ADAPTER = TypeAdapter(OptimizerParams)


def test_a_misspelt_setting_is_refused():
    with pytest.raises(ValidationError, match="learning_rates"):
        ADAPTER.validate_python({"kind": "muon", "learning_rate": 0.01, "learning_rates": 0.1})


def test_each_kind_has_its_own_settings():
    kinds = {"lion": (0.9, 0.99), "adan": (0.98, 0.92, 0.99)}
    read = {kind: ADAPTER.validate_python({"kind": kind, "learning_rate": 1}).betas for kind in kinds}
    assert read == kinds


def test_a_schedule_free_optimizer_is_level_unless_told_and_refuses_to_be_told_otherwise():
    assert ADAPTER.validate_python({"kind": "schedule_free", "learning_rate": 1}).schedule.kind == "constant"
    with pytest.raises(ValidationError, match=r"train\.optimizer\.schedule\.kind 'cosine'"):
        ADAPTER.validate_python({"kind": "schedule_free", "learning_rate": 1, "schedule": {"kind": "cosine"}})
