from hashlib import sha256

import pytest
import torch

from aurl_core.errors import InputError, MissingError, SettingError
from aurl_core.models.registry import build
from aurl_core.tokens.tokenizer import load_tokenizer
from aurl_core.tokens.traits import TokenTraits
from aurl_core.tokens.vocabulary import Vocabulary
from aurl_core.training.protocol.bundles import adopt, load_bundle, origins
from aurl_core.training.protocol.params import ProtocolParams

IDS_BT = torch.tensor([[1, 5, 3]])


@pytest.fixture
def vocabulary(small_corpus) -> Vocabulary:
    return load_tokenizer(small_corpus / "vocabulary.json").vocabulary


def test_a_bundle_is_told_by_the_hash_of_its_weights(make_bundle):
    folder, _ = make_bundle()
    found = origins(ProtocolParams(warm_start=str(folder)))
    assert found == {"warm_start": (folder, sha256((folder / "model.safetensors").read_bytes()).hexdigest())}


@pytest.mark.parametrize("setting", ["warm_start", "teacher"])
def test_a_folder_without_a_model_is_named(tmp_path, setting):
    with pytest.raises(MissingError, match=rf"{setting} .*no model\.safetensors.*cp -r data/models data/base"):
        origins(ProtocolParams(**{setting: str(tmp_path)}))


def test_a_bundle_of_other_tokens_is_refused(make_bundle):
    folder, _ = make_bundle()
    with pytest.raises(InputError, match=r"774 tokens .* the corpus has .* 2 tokens .*shard\.tokenizer"):
        load_bundle(ProtocolParams(warm_start=str(folder)), "warm_start", Vocabulary(("PAD", "BOS")))


def test_a_bundle_without_its_vocabulary_is_refused(make_bundle, vocabulary):
    folder, _ = make_bundle()
    (folder / "vocabulary.json").unlink()
    with pytest.raises(MissingError, match=r"no vocabulary\.json; copy the whole bundle"):
        load_bundle(ProtocolParams(warm_start=str(folder)), "warm_start", vocabulary)


@pytest.mark.parametrize("change", [{}, {"context_length": 64}, {"context_length": 16}, {"dropout": 0.4}])
def test_weights_are_taken_over_whatever_context_and_drop_out(make_bundle, make_recipe, vocabulary, change):
    folder, base = make_bundle()
    model = build(make_recipe().model.model_copy(update=change), TokenTraits.of(vocabulary)).eval()
    adopt(model, load_bundle(ProtocolParams(warm_start=str(folder)), "warm_start", vocabulary), source="it")
    assert torch.equal(model(IDS_BT), base(IDS_BT))


def test_another_network_is_refused_by_what_differs(make_bundle, make_recipe, vocabulary):
    _, base = make_bundle(num_layers=2, rotary_base=500.0)
    model = build(make_recipe().model, TokenTraits.of(vocabulary))
    with pytest.raises(SettingError, match=r"it has model\.num_layers 2 and not 1, model\.rotary_base 500\.0 and not"):
        adopt(model, base, source="it")
