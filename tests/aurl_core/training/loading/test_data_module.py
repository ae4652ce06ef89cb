import numpy as np
import pytest
import torch

from aurl_core.errors import InputError
from aurl_core.models.likelihood import IGNORED
from aurl_core.tokens.layout import NOTE_OFF, NOTE_ON
from aurl_core.training.loading.data_module import CorpusData


@pytest.fixture
def make_data(make_recipe, tmp_path):
    def make(corpus) -> CorpusData:
        recipe = make_recipe()
        return CorpusData(
            corpus, cache=tmp_path / "cache", augment=recipe.augment, schedule=recipe.schedule, seed=recipe.seed
        )

    return make


def test_an_interval_is_its_steps_of_full_batches(make_data, small_corpus):
    data = make_data(small_corpus)
    batches = list(data.train_dataloader())
    assert len(batches) == data.schedule.steps_per_leg == 4
    assert all(batch.token_ids_BT.shape == batch.targets_BT.shape == (4, 32) for batch in batches)


def test_held_out_loaders_predict_what_likelihood_counts(make_data, small_corpus):
    data = make_data(small_corpus)
    for split, loader in (("validation", data.val_dataloader()), ("test", data.test_dataloader())):
        predicted = torch.cat([batch.targets_BT[batch.targets_BT != IGNORED] for batch in loader])
        likelihood = data.likelihood(split, 1.0)
        is_note = (predicted >= NOTE_ON) & (predicted < NOTE_OFF)
        assert (likelihood.num_tokens, likelihood.num_notes) == (len(predicted), int(is_note.sum()))


def test_the_bigram_beats_guessing(make_data, small_corpus):
    likelihood = make_data(small_corpus).bigram_likelihood()
    assert sorted(likelihood) == ["test", "validation"]
    assert all(0.5 < split.nats_per_token < 0.5 * np.log(774) for split in likelihood.values())


def test_an_empty_split_is_said(make_data, write_corpus, make_piece):
    with pytest.raises(InputError, match=r"the train split of .* holds no piece"):
        make_data(write_corpus({"train": []}))
    with pytest.raises(InputError, match="the validation split"):
        _ = make_data(write_corpus({"train": [make_piece(1)], "validation": []})).held_out
