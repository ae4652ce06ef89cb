"""`aurl adapt` puts adapters into their base."""

import torch
from safetensors.torch import save_file

from aurl_core.models.low_rank import add_adapters, merge_adapters
from aurl_core.models.params import TransformerConfig
from aurl_core.models.transformer import Transformer
from aurl_core.models.weights import load_model, save_adapters, save_model
from aurl_core.tokens.traits import TokenTraits
from aurl_core.tokens.vocabulary import Vocabulary
from aurl_core.training.protocol.bundles import origins
from aurl_core.training.protocol.params import ProtocolParams

SHAPE = {"num_layers": 1, "num_heads": 2, "model_dim": 8, "feedforward": "gelu", "feedforward_dim": 8}
ALL = {"rank": 2, "alpha": 4.0, "dropout": 0.0, "targets": ("attention",), "whole": ("norms",)}
IDS_BT = torch.tensor([[1, 5, 3]])


def made(folder):
    """A base in a folder, with the file of adapters beside it; the model that it became with them."""
    model = Transformer(TransformerConfig(**SHAPE, context_length=8), TokenTraits.blank(9))
    save_model(folder, model)
    (folder / "vocabulary.json").write_text(Vocabulary(tuple("abcdefghi")).to_json())
    add_adapters(model, **ALL)
    torch.nn.init.normal_(model.blocks[0].attention.output.parametrizations.weight[0].up_OR)
    base = origins(ProtocolParams(warm_start=str(folder)))["warm_start"].digest
    save_adapters(folder / "adapter.safetensors", merge_adapters(model), base=base)
    return model


def test_base_and_adapters_are_the_model_that_was_trained(aurl, tmp_path):
    trained = made(tmp_path / "base")
    code, out, err = aurl("adapt", tmp_path / "base", tmp_path / "base" / "adapter.safetensors", tmp_path / "out")
    assert (code, err) == (0, "")
    assert "aurl generate --model" in out
    assert (tmp_path / "out" / "vocabulary.json").read_bytes() == (tmp_path / "base" / "vocabulary.json").read_bytes()
    torch.testing.assert_close(load_model(tmp_path / "out")(IDS_BT), trained(IDS_BT))


def test_another_base_is_refused(aurl, tmp_path):
    made(tmp_path / "base")
    save_model(tmp_path / "other", Transformer(TransformerConfig(**SHAPE, context_length=8), TokenTraits.blank(9)))
    code, _, err = aurl("adapt", tmp_path / "other", tmp_path / "base" / "adapter.safetensors", tmp_path / "out")
    assert code == 1
    assert "learnt beside weights with sha256" in err
    assert not (tmp_path / "out").exists()


def test_a_file_that_holds_no_adapters_is_refused(aurl, tmp_path):
    made(tmp_path / "base")
    save_file({"x": torch.zeros(1)}, tmp_path / "x.safetensors")
    for name, message in (
        ("x", "learnt beside weights with sha256 None"),
        ("config.json", "cannot be read as adapters"),
    ):
        file = tmp_path / "x.safetensors" if name == "x" else tmp_path / "base" / name
        code, _, err = aurl("adapt", tmp_path / "base", file, tmp_path / "out")
        assert code == 1
        assert message in err


def test_nothing_is_written_over(aurl, tmp_path):
    made(tmp_path / "base")
    code, _, err = aurl("adapt", tmp_path / "base", tmp_path / "base" / "adapter.safetensors", tmp_path / "base")
    assert code == 1
    assert "never written over" in err
