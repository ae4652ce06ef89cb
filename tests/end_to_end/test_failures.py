"""What goes wrong, provoked: docs/failure_modes.md followed literally, and what needs two processes or fewer rights."""

import os
import re
import shutil
import signal
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest

from tests.docs.pages import Fence, fences
from tests.end_to_end.shell import Workshop, typed

pytestmark = pytest.mark.slow
PAGE = "failure_modes.md"
STATUS = re.compile(r"\[exit status (\d+)\]\n$")
SMALL_DISK = "mount -t tmpfs -o size={size}k tmpfs small && cp -r {inputs} small && {command}"


def small(text: str) -> str:
    """The page's words, for the profile that tests use."""
    return text.replace("params use base -S", "params use test -S").replace("profile base with", "profile test with")


def is_said(expected: str, output: str) -> bool:
    """Is the text somewhere in the output? `…` stands for anything, and line breaks are spaces."""
    parts = [re.escape(" ".join(part.split())) for part in expected.split("…")]
    return re.search(r".*?".join(parts), " ".join(output.split())) is not None


def follow(workshop: Workshop, console: Fence, shown: str) -> None:
    """Type the commands; all but the last end well, and what the last one says and ends with is what is shown.

    Only a worker that cannot live may show a traceback.
    """
    *before, last = map(small, console.commands)
    for command in before:
        done = typed(workshop, command)
        assert done.returncode == 0, f"{command}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    done = typed(workshop, last)
    output, status = done.stdout + done.stderr, STATUS.search(shown)
    assert done.returncode == (int(status[1]) if status else 0), f"{last}\n{output[-3000:]}"
    assert is_said(small(STATUS.sub("", shown)), output), f"{last}\n{shown}\n---\n{output[-3000:]}"
    assert "Traceback" not in output or "Process pebble_pool_worker" in output, f"{last}\n{output[-3000:]}"


def test_every_failure_of_the_page_is_told_as_it_says(workshop: Workshop) -> None:
    told = [
        (fence, following.content if STATUS.search(following.content) else "")
        for fence, following in pairwise([*fences(PAGE), Fence("", "")])
        if fence.language == "console"
    ]
    for fence, shown in told:
        follow(workshop, fence, shown)
    assert sum(bool(shown) for _, shown in told) >= 25


def test_a_second_dvc_is_refused_and_the_first_is_not_disturbed(workshop: Workshop) -> None:
    with workshop.start("dvc", "repro", "--force", "--single-item", "train") as first:
        assert first.stdout is not None
        next(line for line in first.stdout if line.startswith("Running stage"))
        second = typed(workshop, "dvc repro train")
        asked = typed(workshop, "aurl status")
        rest = first.stdout.read()
    assert (first.wait(), second.returncode != 0, asked.returncode) == (0, True, 1), rest
    assert "is busy, it is being blocked by" in second.stderr
    assert asked.stderr.startswith("Another DVC command is running")


@pytest.mark.parametrize("stage", ["parse", "train"])
def test_ctrl_c_is_one_sentence_and_leaves_nothing(workshop: Workshop, stage: str) -> None:
    longer = "aurl params use test -S ingest.source=~/music -S train.budget_tokens=1e5"
    assert typed(workshop, longer).returncode == 0
    with workshop.start("tasks", stage) as running:
        assert running.stdout is not None
        next(line for line in running.stdout if line.startswith("PROGRESS"))
        os.killpg(running.pid, signal.SIGINT)
        rest = running.stdout.read()
    assert running.returncode == 130
    assert "Interrupted; what was being written has been put away." in rest
    assert "Traceback" not in rest
    assert leftovers(workshop.root) == []


def leftovers(root: Path) -> list[str]:
    """What stages were writing when they ended."""
    return [path.name for top in ("data", "reports") for path in (root / top).iterdir() if path.name.startswith(".")]


def test_a_folder_that_cannot_be_written_is_named(workshop: Workshop) -> None:
    as_anybody = "setpriv --bounding-set=-dac_override" if os.geteuid() == 0 else ""
    if as_anybody and not shutil.which("setpriv"):
        pytest.skip("root may write everywhere, and there is no setpriv")
    (workshop.root / "data").chmod(0o555)
    done = typed(workshop, f"{as_anybody} python -m tasks parse")
    (workshop.root / "data").chmod(0o755)
    assert done.returncode == 1
    assert done.stderr.strip().splitlines()[-1].startswith("data cannot be written or read: Permission denied.")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("stage", "inputs", "room_kb"), [("parse", ("raw",), 12), ("study", ("quantized",), 16), ("train", ("corpus",), 24)]
)
def test_a_full_disk_is_said_and_nothing_half_written_stays(
    workshop: Workshop, stage: str, inputs: tuple[str, ...], room_kb: int
) -> None:
    if subprocess.run(["unshare", "-rm", "true"], check=False, capture_output=True).returncode:
        pytest.skip("a small disk cannot be mounted here")
    folders = [workshop.root / "data" / name for name in inputs]
    files = [file for folder in folders for file in folder.rglob("*")]
    size = sum(-(-file.stat().st_size // 4096) * 4 if file.is_file() else 0 for file in files) + room_kb
    (workshop.root / "small").mkdir(exist_ok=True)
    assert typed(workshop, "aurl params use test -S ingest.source=~/music -S paths.data=small").returncode == 0
    script = SMALL_DISK.format(
        size=size, inputs=" ".join(map(str, folders)), command=f"python -m tasks {stage}; ls -A small"
    )
    done = typed(workshop, f"unshare -rm bash -c '{script}'")
    typed(workshop, "aurl params use test -S ingest.source=~/music")
    assert "The disk is full" in done.stderr, done.stderr[-2000:]
    assert "Traceback" not in done.stderr
    assert done.stdout.split()[-len(inputs) :] == list(inputs)
