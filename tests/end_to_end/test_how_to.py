"""The pages HOW_TO_TRAIN and HOW_TO_GENERATE, followed literally: every command, in order, as a reader types it."""

import pytest

from tests.docs.pages import commands
from tests.end_to_end.shell import Workshop, typed

pytestmark = pytest.mark.slow
FINETUNE = "params use test -S train.protocol.warm_start=data/base -S train.protocol.lora.rank=4"
"""The profile finetune, of the network that the profile test trains."""


@pytest.mark.parametrize("page", ["HOW_TO_TRAIN.md", "HOW_TO_GENERATE.md"])
def test_every_command_of_the_page_works(workshop: Workshop, page: str) -> None:
    lines = commands(page)
    assert len(lines) > 5
    for line in lines:
        small = line.replace("params use base", "params use test").replace("params use finetune", FINETUNE)
        done = typed(workshop, small)
        assert done.returncode == 0, f"{line}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"


def test_nothing_was_left_in_the_home_folder(workshop: Workshop) -> None:
    made = {path.name for path in workshop.root.parent.iterdir()}
    assert made <= {"repository", "music", "song.mid", "bundle", "adapted"}


def test_what_the_pages_promise_is_there(workshop: Workshop) -> None:
    expected = [
        "wild/piece-000.mid",
        "after-my-song/piece-000.wav",
        "song.svg",
        "back.mid",
        "from-a-bundle/samples.parquet",
    ]
    assert [name for name in expected if not (workshop.root / "pieces" / name).is_file()] == []
