import shutil

import pytest
import torch

from aurl_core.models.registry import build
from aurl_core.models.weights import save_model
from aurl_core.tokens.tokenizer import load_tokenizer
from aurl_core.tokens.traits import TokenTraits


@pytest.fixture
def make_bundle(tmp_path, small_corpus, make_recipe):
    """A function that writes a bundle for `small_corpus`, whose weights say something; its folder and its model."""

    def make(name: str = "base", **changes):
        torch.manual_seed(5)
        traits = TokenTraits.of(load_tokenizer(small_corpus / "vocabulary.json").vocabulary)
        model = build(make_recipe().model.model_copy(update=changes), traits)
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.add_(0.1 * torch.randn_like(parameter))
        save_model(tmp_path / name, model.eval())
        shutil.copyfile(small_corpus / "vocabulary.json", tmp_path / name / "vocabulary.json")
        return tmp_path / name, model

    return make
