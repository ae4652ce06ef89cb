import json

import pytest
import torch

from aurl_core.errors import InputError, MissingError
from aurl_core.models.params import TransformerConfig
from aurl_core.models.transformer import Transformer
from aurl_core.models.weights import load_model, save_model
from aurl_core.tokens.traits import TokenTraits

CONFIG = TransformerConfig(
    mode="transformer",
    num_layers=1,
    num_heads=2,
    model_dim=8,
    feedforward="swiglu",
    feedforward_dim=8,
    context_length=4,
    dropout=0.5,
)


def test_a_loaded_model_predicts_as_the_saved_one(tmp_path):
    saved = Transformer(CONFIG, TokenTraits.blank(7)).eval()
    torch.nn.init.normal_(saved.blocks[0].attention.output.weight)
    save_model(tmp_path, saved)
    loaded = load_model(tmp_path)
    ids_BT = torch.tensor([[1, 5, 3]])
    assert torch.equal(loaded(ids_BT), saved(ids_BT))
    assert (loaded.config, loaded.vocab_size, loaded.training) == (CONFIG, 7, False)


def test_the_same_model_is_the_same_bytes(tmp_path):
    model = Transformer(CONFIG, TokenTraits.blank(7))
    for name in ("a", "b"):
        save_model(tmp_path / name, model)
    for file in ("config.json", "model.safetensors"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


def test_an_empty_folder_is_missing_a_model(tmp_path):
    with pytest.raises(MissingError, match=r"no config\.json.*dvc repro train"):
        load_model(tmp_path)


def test_another_format_is_refused(tmp_path):
    save_model(tmp_path, Transformer(CONFIG, TokenTraits.blank(7)))
    config = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps(config | {"format_version": 99}))
    with pytest.raises(InputError, match="format_version 99"):
        load_model(tmp_path)


def test_damaged_weights_are_refused(tmp_path):
    save_model(tmp_path, Transformer(CONFIG, TokenTraits.blank(7)))
    (tmp_path / "model.safetensors").write_bytes(b"not a model")
    with pytest.raises(InputError, match="damaged model"):
        load_model(tmp_path)


@pytest.mark.parametrize("text", ["{", '{"format_version": 1}'])
def test_a_damaged_config_is_named(tmp_path, text):
    save_model(tmp_path, Transformer(CONFIG, TokenTraits.blank(7)))
    (tmp_path / "config.json").write_text(text)
    with pytest.raises(InputError, match="dvc repro train"):
        load_model(tmp_path)
