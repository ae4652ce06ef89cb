import pytest
import torch

from aurl_core.training.optimization.precision import lightning_precision


@pytest.mark.parametrize(("precision", "expected"), [("fp32", "32-true"), ("bf16", "bf16-mixed")])
def test_what_is_asked_for_is_taken(make_recipe, precision, expected):
    assert lightning_precision(make_recipe(precision=precision).train) == expected


@pytest.mark.parametrize(
    ("features", "expected"), [({"avx512_bf16": True}, "bf16-mixed"), ({"avx512_bf16": False, "avx2": True}, "32-true")]
)
def test_auto_is_what_the_processor_can_do(make_recipe, monkeypatch, features, expected):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: features)
    assert lightning_precision(make_recipe(precision="auto", accelerator="cpu").train) == expected


def test_apple_devices_train_in_fp32(make_recipe):
    assert lightning_precision(make_recipe(precision="auto", accelerator="mps").train) == "32-true"
