"""A copy of the pipeline's copy, for tests that type whatever a page says and so leave it changed."""

import shutil

import pytest

from aurl_core.rendering.midi import write_midi
from tests.end_to_end.shell import Workshop, typed
from tests.pipeline import Pipeline, chorale


@pytest.fixture(scope="module")
def workshop(pipeline: Pipeline, tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    """A repository that has run once, in a home folder that holds ~/music and ~/song.mid."""
    home = tmp_path_factory.mktemp("home")
    shutil.copytree(pipeline.root, home / "repository", ignore=shutil.ignore_patterns(".mlflow", ".prefect"))
    shutil.copytree(pipeline.root.parent / "music", home / "music")
    (home / "song.mid").write_bytes(write_midi(chorale(seed=9)))
    made = Workshop(home / "repository")
    for command in ("aurl params use test -S ingest.source=~/music", "dvc repro"):
        assert typed(made, command).returncode == 0
    return made
