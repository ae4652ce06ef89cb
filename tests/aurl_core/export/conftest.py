import pytest

from aurl_core.export.bundle import write_bundle
from aurl_core.export.params import ExportParams
from aurl_core.tokens.tokenizer import load_tokenizer
from tests.stage_outputs import write_evaluation, write_models


@pytest.fixture
def params():
    return ExportParams(title="Small", licence="cc-by-4.0")


@pytest.fixture
def sources(make_piece, write_corpus, tmp_path):
    """The folders of the train, shard and evaluate stages: four training pieces, two for validation, three for test."""
    splits = {"train": range(4), "validation": range(4, 6), "test": range(6, 9)}
    corpus = write_corpus({split: [make_piece(seed) for seed in seeds] for split, seeds in splits.items()})
    models = write_models(tmp_path / "models", load_tokenizer(corpus / "vocabulary.json"))
    return {"models": models, "corpus": corpus, "evaluation": write_evaluation(tmp_path / "evaluate")}


@pytest.fixture
def write(sources, params, tmp_path):
    """A function that writes a bundle into a folder of its own: the folder and what was said of it."""
    folders = iter(range(9))

    def write_another():
        folder = tmp_path / f"exports-{next(folders)}"
        folder.mkdir()
        return folder, write_bundle(folder, params=params, **sources)

    return write_another
