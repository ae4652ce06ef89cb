import numpy as np
import pytest

from aurl_core.errors import InputError, MissingError
from aurl_core.score.score import Notes, Score
from aurl_core.tokens.params import EventTokenizerConfig
from aurl_core.tokens.tokenizer import build_tokenizer, load_tokenizer
from aurl_core.tokens.vocabulary import Vocabulary

CONFIG = EventTokenizerConfig(steps_per_beat=12, out_of_range="drop")


def test_what_is_saved_comes_back_as_the_same_tokenizer(tmp_path):
    tokenizer = build_tokenizer(CONFIG)
    tokenizer.save(tmp_path / "vocabulary.json")
    loaded = load_tokenizer(tmp_path / "vocabulary.json")
    score = Score(480, Notes.of(onset=[0, 480], duration=480, pitch=[60, 20]))
    assert loaded.vocabulary == tokenizer.vocabulary
    assert np.array_equal(loaded.encode(score), tokenizer.encode(score))


def test_counting_gives_the_same_ids():
    tokenizer = build_tokenizer(CONFIG)
    ids, losses = tokenizer.encode_counting(Score(480, Notes.of(onset=[0, 0], duration=480, pitch=[60, 20])))
    assert losses.dropped_pitches == 1
    assert ids.dtype == np.uint16


def test_a_missing_file_names_the_stage_that_writes_it(tmp_path):
    with pytest.raises(MissingError, match="dvc repro shard"):
        load_tokenizer(tmp_path / "vocabulary.json")


@pytest.mark.parametrize("config", [{"kind": "bar"}, {"kind": "event", "steps_per_beat": 33, "out_of_range": "fold"}])
def test_settings_that_this_version_does_not_know_are_refused(tmp_path, config):
    (tmp_path / "vocabulary.json").write_text(Vocabulary(("PAD",), config).to_json())
    with pytest.raises(InputError, match="no such tokenizer"):
        load_tokenizer(tmp_path / "vocabulary.json")


def test_ids_that_mean_other_things_are_refused(tmp_path):
    (tmp_path / "vocabulary.json").write_text(Vocabulary(("PAD", "BOS"), CONFIG.model_dump()).to_json())
    with pytest.raises(InputError, match="mean other things"):
        load_tokenizer(tmp_path / "vocabulary.json")
