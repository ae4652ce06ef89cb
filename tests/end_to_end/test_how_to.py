"""The pages HOW_TO_TRAIN and HOW_TO_GENERATE, followed literally: every command, in order, as a reader types it."""

import shutil

import pytest

from aurl_core.rendering.midi import write_midi
from tests.docs.pages import commands
from tests.end_to_end.shell import typed
from tests.pipeline import Pipeline, chorale

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def workshop(pipeline: Pipeline, tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    """A copy of the pipeline that has run once, in a home folder that holds ~/music and ~/song.mid."""
    home = tmp_path_factory.mktemp("home")
    shutil.copytree(pipeline.root, home / "repository", ignore=shutil.ignore_patterns(".mlflow", ".prefect"))
    shutil.copytree(pipeline.root.parent / "music", home / "music")
    (home / "song.mid").write_bytes(write_midi(chorale(seed=9)))
    return Pipeline(home / "repository")


@pytest.mark.parametrize("page", ["HOW_TO_TRAIN.md", "HOW_TO_GENERATE.md"])
def test_every_command_of_the_page_works(workshop: Pipeline, page: str) -> None:
    lines = commands(page)
    assert len(lines) > 5
    for line in lines:
        done = typed(workshop, line.replace("params use base", "params use test"))
        assert done.returncode == 0, f"{line}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"


def test_nothing_was_left_in_the_home_folder(workshop: Pipeline) -> None:
    made = {path.name for path in workshop.root.parent.iterdir()}
    assert made <= {"repository", "music", "song.mid", "bundle"}


def test_what_the_pages_promise_is_there(workshop: Pipeline) -> None:
    expected = [
        "wild/piece-000.mid",
        "after-my-song/piece-000.wav",
        "song.svg",
        "back.mid",
        "from-a-bundle/samples.parquet",
    ]
    assert [name for name in expected if not (workshop.root / "pieces" / name).is_file()] == []
