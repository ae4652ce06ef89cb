import numpy as np
import pytest
import torch

from aurl_core.errors import InputError, SettingError
from aurl_core.models.likelihood import IGNORED
from aurl_core.tokens.layout import NOTE_OFF, NOTE_ON
from aurl_core.training.loading.data_module import CorpusData
from aurl_core.training.loading.params import (
    BucketsConfig,
    ComplexityParams,
    CurriculumParams,
    LengthParams,
    SequenceParams,
)
from aurl_core.training.protocol.params import PieceParams


@pytest.fixture
def make_data(make_recipe, tmp_path):
    def make(corpus, **settings) -> CorpusData:
        recipe = make_recipe()
        schedule, seed = recipe.schedule, recipe.seed
        return CorpusData(
            corpus, cache=tmp_path / "cache", augment=recipe.augment, schedule=schedule, seed=seed, **settings
        )

    return make


def test_an_interval_is_its_steps_of_full_batches(make_data, small_corpus):
    data = make_data(small_corpus)
    batches = list(data.train_dataloader())
    assert len(batches) == data.schedule.steps_per_leg == 4
    assert all(batch.token_ids_BT.shape == batch.targets_BT.shape == (4, 32) for batch in batches)


def test_batches_keep_their_tokens_while_contexts_grow(make_data, small_corpus):
    params = CurriculumParams(length=LengthParams(start=8, until=0.75))
    batches, whole = (
        make_data(small_corpus, curriculum=params).training_batches,
        make_data(small_corpus).training_batches,
    )
    assert [tuple(batches[step].token_ids_BT.shape) for step in (0, 2, 3, 5, 6, 7)] == [
        *[(16, 8)] * 2,
        *[(8, 16)] * 2,
        *[(4, 32)] * 2,
    ]
    assert torch.equal(batches[0].targets_BT.flatten(), whole[0].targets_BT.flatten())


def test_batches_of_like_lengths_stay_within_the_budget(make_data, small_corpus):
    sequences = SequenceParams(policy="sliding", is_filled=False)
    batching = BucketsConfig(kind="buckets", pool=4)
    data = make_data(small_corpus, sequences=sequences, batching=batching)
    assert all(data.training_batches[step].token_ids_BT.numel() <= 4 * 32 for step in range(8))
    assert data.epochs_before(8) == data.plan.num_windows / data.training_windows.windows_per_epoch


def test_easy_pieces_come_first_if_asked_for(make_data, small_corpus):
    params = CurriculumParams(complexity=ComplexityParams(start=0.1))
    assert make_data(small_corpus, curriculum=params).competence.share(0.0) == 0.1
    assert make_data(small_corpus).competence.share(0.0) == 1


def test_studies_that_nobody_named_are_told(make_data, small_corpus):
    params = CurriculumParams(complexity=ComplexityParams(start=0.1, of="studies"))
    with pytest.raises(SettingError, match=r"set train\.curriculum\.complexity\.of to studies"):
        _ = make_data(small_corpus, curriculum=params).competence


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


def test_a_smaller_share_of_the_pieces_is_part_of_a_larger_one(make_data, small_corpus):
    def ids(share: float) -> set[str]:
        data = make_data(small_corpus, pieces=PieceParams(share=share))
        return {data._train.piece_id(piece) for piece in range(data.num_training_pieces)}

    assert [len(ids(share)) for share in (0.01, 0.25, 0.5, 1.0)] == [1, 2, 4, 8]
    assert ids(0.01) < ids(0.25) < ids(0.5) < ids(1.0)
