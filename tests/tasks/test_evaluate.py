import pytest

from aurl_core.errors import MissingError
from aurl_core.evaluation.params import EvaluateParams
from aurl_core.tokens.tokenizer import load_tokenizer
from tasks.evaluate import evaluate
from tasks.stage import Paths
from tests.stage_outputs import write_models, write_samples

PARAMS = EvaluateParams(
    positions_per_beat=4, window_beats=4, window_notes=4, bootstrap_resamples=100, floor_draws=20,
    audio_sample_rate=22050, page_megabytes=5,
)  # fmt: skip


@pytest.fixture
def paths(make_piece, write_corpus, tmp_path):
    corpus = write_corpus({split: [make_piece(seed) for seed in (1, 2)] for split in ("train", "validation", "test")})
    tokenizer = load_tokenizer(corpus / "vocabulary.json")
    write_models(tmp_path / "models", tokenizer)
    write_samples(tmp_path / "generated", tokenizer, [make_piece(3)])
    return Paths(data=tmp_path, reports=tmp_path / "reports")


def test_it_writes_figures_and_a_page(paths):
    report = evaluate(PARAMS, paths, seed=1)
    folder = paths.reports / "evaluate"
    assert sorted(path.name for path in folder.iterdir()) == ["index.html", "metrics.json", "pieces.parquet"]
    assert report.page_bytes == (folder / "index.html").stat().st_size
    assert (report.num_generated, report.num_test) == (1, 2)


def test_the_same_seed_gives_the_same_bytes(paths):
    def written():
        evaluate(PARAMS, paths, seed=1)
        return {path.name: path.read_bytes() for path in (paths.reports / "evaluate").iterdir()}

    assert written() == written()


def test_without_samples_nothing_is_left(paths):
    (paths.of("generated") / "samples.parquet").unlink()
    with pytest.raises(MissingError, match="dvc repro generate"):
        evaluate(PARAMS, paths, seed=1)
    assert not (paths.reports / "evaluate").exists()
