"""`aurl generate` makes pieces beside the pipeline."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from aurl_core.models.params import TransformerConfig
from aurl_core.models.transformer import Transformer
from aurl_core.models.weights import save_model
from aurl_core.tokens.params import EventTokenizerConfig
from aurl_core.tokens.tokenizer import build_tokenizer
from aurl_core.tokens.traits import TokenTraits

Aurl = Callable[..., tuple[int, str, str]]


@pytest.fixture
def model(repository: Path) -> Path:
    """An untrained network where the train stage puts the trained one."""
    torch.manual_seed(1)
    shape = {"num_layers": 1, "num_heads": 2, "model_dim": 16, "feedforward_dim": 16, "context_length": 64}
    config = TransformerConfig.model_validate({"mode": "transformer", "feedforward": "gelu", **shape})
    folder = repository / "data" / "models"
    save_model(folder, Transformer(config, TokenTraits.blank(774)))
    build_tokenizer(EventTokenizerConfig(steps_per_beat=24, out_of_range="fold")).save(folder / "vocabulary.json")
    (repository / "data" / "corpus").mkdir()
    (repository / "data" / "corpus" / "manifest.json").write_text("{}")
    return folder


@pytest.mark.usefixtures("model")
def test_pieces_come_in_four_formats_and_the_same_seed_gives_the_same(aurl: Aurl, tmp_path: Path) -> None:
    for folder in ("one", "two"):
        code, out, err = aurl("generate", "--seconds", 2, "--seed", 3, "--temperature", 0.9, "-o", tmp_path / folder)
        assert code == 0, err
        assert "1 pieces" in out

    one, two = ({file.name: file.read_bytes() for file in (tmp_path / name).iterdir()} for name in ("one", "two"))
    assert one == two
    assert {Path(name).suffix for name in one} >= {".mid", ".musicxml", ".wav", ".svg"}


@pytest.mark.usefixtures("model")
def test_a_setting_out_of_range_is_told(aurl: Aurl) -> None:
    code, _, err = aurl("generate", "--temperature", 0)

    assert code == 1
    assert "sampling.temperature is 0.0" in err


def test_without_a_model_it_says_which_stage_makes_one(aurl: Aurl) -> None:
    code, _, err = aurl("generate")

    assert code == 1
    assert "train" in err
