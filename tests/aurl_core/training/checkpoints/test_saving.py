import pytest

from aurl_core.models.registry import build
from aurl_core.sums import faults
from aurl_core.tokens.traits import TokenTraits
from aurl_core.training.callbacks.curve import Curve
from aurl_core.training.checkpoints.record import read_record
from aurl_core.training.checkpoints.saving import Checkpointing
from aurl_core.training.checkpoints.shelf import Shelf
from aurl_core.training.likelihood import LikelihoodLearner
from aurl_core.training.trainer import fit, nobody


@pytest.fixture
def train(small_corpus, tmp_path):
    def run(recipe):
        fit(recipe, small_corpus, checkpoints=tmp_path / "run", cache=tmp_path / "cache", progress=lambda *_: None)
        return sorted(path for path in (tmp_path / "run").iterdir())

    return run


def test_each_leg_leaves_a_whole_state_and_what_is_known_of_it(train, make_recipe):
    kept = train(make_recipe(checkpoints={"every_tokens": 256, "keep_last": 4, "compression": "zstd"}))
    assert [path.name for path in kept] == [f"step-{step:09d}" for step in (2, 4, 6, 8)]
    assert [faults(path) for path in kept] == [[]] * 4
    assert sorted(file.name for file in kept[0].iterdir()) == ["SHA256SUMS", "checkpoint.json", "state.ckpt.zst"]
    records = [read_record(path) for path in kept]
    assert [record.tokens_seen for record in records] == [256, 512, 768, 1024]
    assert ["validation_nats_per_token" in record.figures for record in records] == [False, True, False, True]


def test_the_same_training_leaves_the_same_bytes(train, make_recipe, tmp_path):
    first = [(path / "SHA256SUMS").read_bytes() for path in train(make_recipe())]
    (tmp_path / "run").rename(tmp_path / "before")
    assert [(path / "SHA256SUMS").read_bytes() for path in train(make_recipe())] == first


class FirstOfMany:
    """The trainer of the first process after its first leg; it notes what the others find where they wait for it."""

    current_epoch = 0
    is_global_zero = True

    def __init__(self, folder):
        self.strategy = self
        self.folder = folder
        self.found = []

    def broadcast(self, told):
        return told

    def save_checkpoint(self, file):
        file.write_bytes(b"weights")

    def barrier(self, name):
        self.found += [(path.name, faults(path)) for path in self.folder.iterdir()]


def test_no_process_goes_on_before_the_state_is_whole(make_recipe, tmp_path):
    recipe, traits = make_recipe(), TokenTraits.blank(9)
    learner = LikelihoodLearner(build(recipe.model, traits), recipe.train, recipe.schedule, traits=traits, seed=1)
    trainer = FirstOfMany(tmp_path)
    saving = Checkpointing(Shelf(tmp_path, recipe.train.checkpoints), Curve(None, nobody))
    saving.on_train_epoch_end(trainer, learner)
    assert trainer.found == [(f"step-{recipe.schedule.steps_per_leg:09d}", [])]
