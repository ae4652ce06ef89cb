import pytest

from aurl_core.evaluation.params import EvaluateParams
from aurl_core.evaluation.report import Sources, compare_sets
from aurl_core.tokens.tokenizer import load_tokenizer
from tests.stage_outputs import write_models, write_samples


@pytest.fixture
def params():
    return EvaluateParams(
        positions_per_beat=4,
        window_beats=4,
        window_notes=4,
        bootstrap_resamples=100,
        floor_draws=20,
        audio_sample_rate=22050,
        page_megabytes=5,
    )


@pytest.fixture
def sources(make_piece, write_corpus, tmp_path):
    """Six training, three validation and three test pieces; two samples, one of them a training piece."""
    splits = {"train": range(6), "validation": range(6, 9), "test": range(9, 12)}
    corpus = write_corpus({split: [make_piece(seed) for seed in seeds] for split, seeds in splits.items()})
    tokenizer = load_tokenizer(corpus / "vocabulary.json")
    models = write_models(tmp_path / "models", tokenizer)
    generated = write_samples(tmp_path / "generated", tokenizer, [make_piece(0), make_piece(50, num_beats=16)])
    return Sources(corpus, models, generated)


@pytest.fixture
def evaluation(params, sources):
    return compare_sets(params, sources=sources, seed=1, progress=lambda done, total: None)
