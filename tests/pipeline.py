"""A real pipeline run on six pieces in a temporary copy of the repository. The fixture of it is in conftest.py."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from aurl_core.rendering.midi import write_midi
from aurl_core.score.score import WHOLE_PIECE, Events, Notes, Score, Track

REPOSITORY = Path(__file__).parents[1]
STAGES = ("ingest", "parse", "quantize", "shard", "study", "train", "generate", "evaluate", "export")
ABC_TUNE = "X:1\nT:A tune in ABC\nM:3/4\nL:1/8\nK:G\n" + "G2A2B2|c2B2A2|d2c2B2|A6|" * 4 + "\n"


@dataclass(frozen=True)
class Pipeline:
    """A copy of the repository with music beside it, and the commands a person would type there."""

    root: Path

    def run(self, *command: str, check: bool = True, timeout: float = 600) -> subprocess.CompletedProcess[str]:
        """Run `python -m <command>` in the copy."""
        done = subprocess.run(
            [sys.executable, "-m", *command],
            cwd=self.root, env=self.environment, text=True, capture_output=True, timeout=timeout,
        )  # fmt: skip
        assert not check or done.returncode == 0, f"{command}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
        return done

    def start(self, *command: str) -> subprocess.Popen[str]:
        """Start `python -m <command>` in a process group of its own, its output in a pipe."""
        return subprocess.Popen(
            [sys.executable, "-u", "-m", *command],
            cwd=self.root, env=self.environment, text=True, start_new_session=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def copied(self, folder: Path, *overrides: str) -> Pipeline:
        """Itself and its music once more in `folder`, to be changed, with other settings."""
        shutil.copytree(self.root.parent, folder, dirs_exist_ok=True)
        copy = Pipeline(folder / self.root.name)
        copy.use(*overrides)
        return copy

    def use(self, *overrides: str) -> None:
        """Write the test profile's params.yaml, on the music beside the copy."""
        self.run("tasks.cli", "params", "use", "test", "-S", f"ingest.source={self.root.parent / 'music'}", *overrides)

    def repro(self, *options: str, check: bool = True) -> list[str]:
        """`dvc repro`; the names of the stages that ran."""
        done = self.run("dvc", "repro", *options, check=check)
        return [line.split("'")[1] for line in done.stdout.splitlines() if line.startswith("Running stage")]

    @property
    def environment(self) -> dict[str, str]:
        """The caller's environment, with the copy's code before the installed one."""
        return {
            **os.environ,
            "PYTHONPATH": str(self.root),
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        }


def chorale(seed: int) -> Score:
    """Sixteen bars of four voices in C major, each of which wanders by itself as `seed` says."""
    random = np.random.default_rng(seed)
    octave, degree = np.divmod(random.integers(0, 9, (64, 4)), 7)
    beats = np.array([0, 2, 4, 5, 7, 9, 11])[degree] + 12 * octave + np.array([43, 50, 57, 64])
    voices = tuple(Track(name=name, program=0, channel=i, voice=name) for i, name in enumerate(("B", "T", "A", "S")))
    notes = Notes.of(
        onset=np.repeat(np.arange(64) * 480, 4),
        duration=480,
        pitch=beats.ravel(),
        velocity=80,
        track=np.tile([0, 1, 2, 3], 64),
    )
    events = Events.of([("tempo", 0, WHOLE_PIECE, 0, 96.0, ""), ("time_signature", 0, WHOLE_PIECE, 4, 4.0, "")])
    return Score(480, notes, voices, events)


def made_pipeline(folder: Path) -> Pipeline:
    """A copy in `folder` after one whole `dvc repro` of the test profile; made if it is not there yet."""
    made, finished = Pipeline(folder / "repository"), folder / "finished"
    if not finished.exists():
        shutil.rmtree(folder, ignore_errors=True)
        _copy_repository(made.root)
        _write_music(folder / "music")
        made.use()
        made.repro()
        finished.touch()
    return made


def _copy_repository(root: Path) -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=REPOSITORY, capture_output=True, check=True,
    )  # fmt: skip
    for name in listed.stdout.decode().split("\0"):
        if name and name != "dvc.lock" and (REPOSITORY / name).is_file():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(REPOSITORY / name, root / name)
    identity = (["config", "user.name", "tester"], ["config", "user.email", "tester@localhost"])
    for command in (["init", "-q"], *identity, ["add", "-A"], ["commit", "-qm", "copy"]):
        subprocess.run(["git", *command], cwd=root, check=True)


def _write_music(folder: Path) -> None:
    folder.mkdir()
    for seed in range(5):
        (folder / f"chorale_{seed}.mid").write_bytes(write_midi(chorale(seed)))
    (folder / "tune.abc").write_text(ABC_TUNE)
    (folder / "broken.mid").write_bytes(b"this is no MIDI file")
