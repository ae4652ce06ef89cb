import json

import pyarrow.parquet as pq
import torch

from aurl_core.losses.history import LossHistory
from aurl_core.models.registry import build
from aurl_core.models.weights import load_model
from aurl_core.tokens.traits import TokenTraits
from aurl_core.training.bundle import write_bundle
from aurl_core.training.callbacks.curve import Point
from aurl_core.training.figures import Likelihood
from aurl_core.training.health.events import Health
from aurl_core.training.outcome import Training


def test_a_bundle_knows_itself(make_recipe, small_corpus, tmp_path):
    likelihood = {"validation": Likelihood(8.0, 4, 2), "test": Likelihood(6.0, 4, 2)}
    point = Point(tokens=64, train_nats_per_token=3.0, validation_nats_per_token=2.0, validation_bits_per_note=5.0)
    model = build(make_recipe().model, TokenTraits.blank(774)).eval()
    losses = LossHistory.of({"focal": [(0, 2.5)]})
    bigram = dict.fromkeys(likelihood, likelihood["test"])
    training = Training(model, [point], likelihood, bigram, 64, losses, Health())
    (small_corpus / "bpe.json").write_text("{}")
    write_bundle(tmp_path / "models", training, corpus=small_corpus)

    facts = json.loads((tmp_path / "models" / "training.json").read_text())
    ids_BT = torch.tensor([[1, 2, 3]])
    assert torch.equal(load_model(tmp_path / "models")(ids_BT), model(ids_BT))
    assert (tmp_path / "models" / "vocabulary.json").read_bytes() == (small_corpus / "vocabulary.json").read_bytes()
    assert (tmp_path / "models" / "bpe.json").read_text() == "{}"
    assert pq.read_metadata(tmp_path / "models" / "pieces.parquet").num_rows == 12
    assert (facts["validation"]["nats_per_token"], facts["bigram"]["test"]["nats_per_token"]) == (2.0, 1.5)
    assert (facts["curve"], facts["tokens_seen"]) == ([dict(point)], 64)
    assert (facts["losses"]["focal"]["mean"], facts["losses"]["focal"]["verdict"]) == (2.5, "too early")
    assert facts["num_parameters"] == model.num_parameters
