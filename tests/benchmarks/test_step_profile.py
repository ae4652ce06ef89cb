"""Almost all of a step's time has a name."""

import time

import pytest

from benchmarks.step_profile import profiled


@pytest.mark.filterwarnings("ignore:.*(val_dataloader|does not have many workers|LeafSpec).*")
def test_what_the_parts_take_is_what_a_step_takes(make_recipe, small_corpus) -> None:
    joints = profiled(make_recipe(), small_corpus, num_steps=8, clock=time.perf_counter)

    assert len(joints.steps) == 8
    assert sum(sum(step.values()) for step in joints.steps) > 0.9 * sum(joints.totals)
    assert {"attention", "attention, backward", "feed-forward", "Muon", "batches"} <= set(joints.steps[-1])
