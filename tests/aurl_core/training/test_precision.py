import os

import pytest
import torch

from aurl_core.training.precision import cpu_threads, lightning_precision


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


def test_threads_are_given_back():
    before = torch.get_num_threads()
    with cpu_threads(3):
        assert torch.get_num_threads() == 3
    with cpu_threads(0):
        assert torch.get_num_threads() == os.cpu_count()
    assert torch.get_num_threads() == before
