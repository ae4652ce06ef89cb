"""`dvc exp` on the real graph: what a search prints can be typed."""

import json
from pathlib import Path

import pytest

from tests.pipeline import Pipeline

pytestmark = pytest.mark.slow


def test_an_experiment_trains_with_another_setting_and_is_listed(pipeline: Pipeline, tmp_path: Path) -> None:
    copy = pipeline.copied(tmp_path / "copy")
    before = json.loads((copy.root / "reports" / "train.json").read_text())

    copy.run("dvc", "exp", "run", "--name", "faster", "train", "-S", "train.optimizer.learning_rate=0.0123")

    assert json.loads((copy.root / "reports" / "train.json").read_text()) != before
    listed = copy.run("dvc", "exp", "show", "--csv").stdout.splitlines()
    assert "0.0123" in next(line for line in listed if line.startswith("faster,"))
