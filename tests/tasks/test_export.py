import pytest

from aurl_core.errors import MissingError
from aurl_core.export.bundle import verify_bundle
from aurl_core.export.params import ExportParams
from aurl_core.tokens.tokenizer import load_tokenizer
from tasks.export import export
from tasks.stage import Paths
from tests.stage_outputs import write_evaluation, write_models

PARAMS = ExportParams(title="Small", licence="other")


@pytest.fixture
def paths(make_piece, write_corpus, tmp_path):
    corpus = write_corpus({split: [make_piece(1)] for split in ("train", "validation", "test")})
    write_models(tmp_path / "models", load_tokenizer(corpus / "vocabulary.json"))
    write_evaluation(tmp_path / "reports" / "evaluate")
    return Paths(data=tmp_path, reports=tmp_path / "reports")


def test_it_writes_a_bundle_that_verifies(paths):
    report = export(PARAMS, paths)
    verify_bundle(paths.of("exports"))
    assert (report.num_files, report.num_parameters, report.num_training_pieces) == (9, 16, 1)
    assert report.test_bits_per_note == 2.95


def test_without_an_evaluation_nothing_is_left(paths):
    (paths.reports / "evaluate" / "metrics.json").unlink()
    with pytest.raises(MissingError, match=r"metrics\.json"):
        export(PARAMS, paths)
    assert not paths.of("exports").exists()
