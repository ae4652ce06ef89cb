import os
import signal

import pytest
import torch
from torch.utils.data import Dataset

from aurl_core.errors import AurlError
from aurl_core.models.likelihood import Batch
from aurl_core.training.loading.batches import LegSampler
from aurl_core.training.loading.workers import IN_PROCESS, Workers, lost_workers_told


class Threads(Dataset):
    """How many threads torch has in the process that makes a batch; batch 3 kills that process."""

    def __getitem__(self, step: int) -> Batch:
        if step == 3:
            os.kill(os.getpid(), signal.SIGKILL)
        return Batch(torch.tensor(torch.get_num_threads()), torch.tensor(os.getpid()))


@pytest.fixture
def make_data(make_recipe, small_corpus, tmp_path):
    from aurl_core.training.loading.data_module import CorpusData  # brings Lightning with it, which no worker needs

    def make(workers) -> CorpusData:
        recipe = make_recipe()
        schedule, seed = recipe.schedule, recipe.seed
        return CorpusData(
            small_corpus, cache=tmp_path, augment=recipe.augment, schedule=schedule, seed=seed, workers=workers
        )

    return make


def test_any_number_of_workers_makes_the_same_batches_leg_after_leg(make_data):
    loaders = [make_data(workers).train_dataloader() for workers in (IN_PROCESS, Workers(2, prefetch=3))]
    for leg in (0, 1, 5):
        for loader in loaders:
            loader.sampler.set_epoch(leg)
        for alone, by_workers in zip(*loaders, strict=True):
            assert torch.equal(alone.token_ids_BT, by_workers.token_ids_BT)
            assert torch.equal(alone.targets_BT, by_workers.targets_BT)


def test_a_worker_has_one_thread_and_its_death_is_told():
    batches = iter(Workers(1, prefetch=1).loader(Threads(), LegSampler(4)))
    assert [int(next(batches).token_ids_BT) for _ in range(3)] == [1, 1, 1]
    with pytest.raises(AurlError, match=r"was lost \(DataLoader worker .*loader_workers lower"), lost_workers_told():
        next(batches)


def test_other_errors_are_left_as_they_are():
    with pytest.raises(RuntimeError, match="another"), lost_workers_told():
        raise RuntimeError("another")
