import pyarrow.parquet as pq
import pytest
import torch

from aurl_core.errors import MissingError
from aurl_core.generation.params import GenerateParams
from aurl_core.models.params import TransformerConfig
from aurl_core.models.transformer import Transformer
from aurl_core.models.weights import save_model
from aurl_core.tokens.params import EventTokenizerConfig
from aurl_core.tokens.tokenizer import build_tokenizer
from aurl_core.tokens.traits import TokenTraits
from tasks.generate import generate
from tasks.params import ClusterParams
from tasks.stage import Paths

CLUSTER = ClusterParams(workers=1, chunk_size=8, chunk_timeout_seconds=60)
PARAMS = GenerateParams.model_validate(
    {
        "num_pieces": 2,
        "length": {"least_seconds": 2, "most_seconds": 10},
        "num_long_pieces": 1,
        "long_length": {"least_seconds": 30, "most_seconds": 60},
        "most_tokens": 300,
        "batch_size": 4,
        "num_threads": 1,
        "sampling": {"top_p": 0.95},
    }
)


@pytest.fixture
def paths(tmp_path):
    """A bundle of an untrained network, and the manifest of the corpus it is said to come from."""
    torch.manual_seed(1)
    config = TransformerConfig(
        mode="transformer", num_layers=1, num_heads=2, model_dim=16, feedforward="gelu", feedforward_dim=16,
        context_length=64,
    )  # fmt: skip
    save_model(tmp_path / "models", Transformer(config, TokenTraits.blank(774)))
    build_tokenizer(EventTokenizerConfig(steps_per_beat=24, out_of_range="fold")).save(
        tmp_path / "models" / "vocabulary.json"
    )
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "manifest.json").write_text("{}")
    return Paths(data=tmp_path, reports=tmp_path / "reports")


def test_the_pieces_that_were_asked_for_are_there_with_their_files(paths):
    report = generate(PARAMS, paths, cluster=CLUSTER, seed=3)
    table = pq.read_table(paths.of("generated") / "samples.parquet")
    assert (report.num_pieces, report.num_empty, len(table)) == (3, 0, 3)
    assert report.longest_seconds >= 30
    assert len(list(paths.of("generated").iterdir())) == 1 + 4 * 3


def test_without_a_model_nothing_is_left(paths):
    (paths.of("models") / "model.safetensors").unlink()
    with pytest.raises(MissingError, match="dvc repro"):
        generate(PARAMS, paths, cluster=CLUSTER, seed=3)
    assert not paths.of("generated").exists()
