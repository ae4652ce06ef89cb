"""Who makes batches changes nothing; what is in them may be chosen in every way that there is."""

import pytest
import torch

from aurl_core.training.loading.workers import IN_PROCESS, Workers
from aurl_core.training.trainer import fit

EASY_FIRST = {"complexity": {"start": 0.3}}
PADDED = {
    "sequences": {"policy": "phrases", "is_filled": False},
    "batching": {"kind": "buckets", "pool": 2},
    "curriculum": EASY_FIRST,
}
SHORT_FIRST = {
    "curriculum": {"length": {"start": 8}} | EASY_FIRST,
    "losses": {"weights": {"plain_cross_entropy": 1, "phrase_end_cross_entropy": 0.5}},
}


@pytest.mark.parametrize("settings", [PADDED, SHORT_FIRST])
def test_any_number_of_workers_trains_the_same_weights(make_recipe, bar_corpus, tmp_path, settings):
    recipe = make_recipe(**settings)
    trained = [
        fit(
            recipe,
            bar_corpus,
            checkpoints=tmp_path / str(workers.number),
            cache=tmp_path / "cache",
            progress=lambda done, total: None,
            workers=workers,
        )
        for workers in (IN_PROCESS, Workers(2))
    ]
    alone, by_workers = (training.model.state_dict() for training in trained)
    assert all(torch.equal(alone[name], by_workers[name]) for name in alone)
