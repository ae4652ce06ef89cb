"""A run that was killed."""

import shutil

import pytest

from aurl_core.training.checkpoints.run import begin_run
from aurl_core.training.trainer import fit


@pytest.fixture
def killed_run(make_recipe, small_corpus, tmp_path):
    """A recipe and the folder of its run, whose last of four legs has been lost."""
    recipe = make_recipe(checkpoints={"every_tokens": 256, "keep_last": 4})
    identity = recipe.identity(small_corpus)
    run = tmp_path / "checkpoints" / identity.key
    begin_run(run, identity, corpus=small_corpus)
    fit(recipe, small_corpus, checkpoints=run, cache=tmp_path / "cache", progress=lambda *_: None)
    shutil.rmtree(run / "step-000000008")
    return recipe, run
