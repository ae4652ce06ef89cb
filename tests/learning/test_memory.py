"""That epochs leave no memory behind them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

RUN_FOR_LONG = Path(__file__).parent / "run_for_long.py"
LEAST_LEAK = 8_000_000
"""Bytes. Were each batch of `of_batches` kept, eight epochs would leave 31 million."""


@pytest.fixture
def held_after_epochs(small_corpus, tmp_path):
    def run(settings) -> list[int]:
        command = [sys.executable, str(RUN_FOR_LONG), str(small_corpus), str(tmp_path), json.dumps(settings)]
        printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        return [int(line) for line in printed.split()]

    return run


@pytest.mark.parametrize("num_workers", [0, 1])
def test_ten_epochs_of_batches_hold_no_more_than_two(held_after_epochs, num_workers):
    held = held_after_epochs({"num_workers": num_workers})
    assert len(held) == 10
    assert max(held[2:]) - held[1] < LEAST_LEAK


def test_ten_epochs_of_training_hold_no_more_than_two(held_after_epochs, make_recipe):
    recipe = make_recipe(budget_tokens=10 * 4096, validate_every_tokens=4096)
    sections = {name: getattr(recipe, name).model_dump() for name in ("train", "model", "augment")}
    held = held_after_epochs(sections | {"seed": recipe.seed})
    assert len(held) >= 10
    assert max(held[2:]) - held[1] < LEAST_LEAK
