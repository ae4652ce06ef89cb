import json

import pytest
import torch

from aurl_core.errors import InputError, MissingError
from aurl_core.models.params import TransformerConfig, VAEConfig
from aurl_core.models.transformer import Transformer
from aurl_core.models.vae import VAE
from aurl_core.models.weights import load_model, save_model
from aurl_core.tokens.traits import TokenTraits
from aurl_core.tokens.vocabulary import Vocabulary

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


def test_weights_of_another_vocabulary_are_refused(tmp_path):
    save_model(tmp_path, Transformer(CONFIG, TokenTraits.blank(7)))
    other = Vocabulary(tuple(f"TOKEN_{number}" for number in range(9)))
    (tmp_path / "vocabulary.json").write_text(other.to_json())
    with pytest.raises(InputError, match=r"vocabulary of 7 tokens, and vocabulary\.json has 9.*dvc repro train"):
        load_model(tmp_path)


def test_a_vae_comes_back_with_what_it_knows_of_tokens_and_of_means(tmp_path):
    traits = TokenTraits.blank(7)
    traits.is_bar_V[4] = True
    settings = CONFIG.model_dump(exclude={"mode"}) | {"encoder": {"num_layers": 1}, "latent": {"dim": 8}}
    saved, ids_BT = VAE(VAEConfig(**settings), traits), torch.tensor([[4, 5, 4], [4, 4, 6]])
    saved.train().encode(ids_BT)
    save_model(tmp_path, saved.eval())
    loaded = load_model(tmp_path)
    for level, posterior in saved.encode(ids_BT).items():
        assert torch.equal(loaded.encode(ids_BT)[level].mean_BLZ, posterior.mean_BLZ)


@pytest.mark.parametrize("text", ["{", '{"format_version": 1}'])
def test_a_damaged_config_is_named(tmp_path, text):
    save_model(tmp_path, Transformer(CONFIG, TokenTraits.blank(7)))
    (tmp_path / "config.json").write_text(text)
    with pytest.raises(InputError, match="dvc repro train"):
        load_model(tmp_path)
