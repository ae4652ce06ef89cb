"""Commands as a reader of docs/ types them, in a copy of the repository whose home folder is the one that holds it."""

import subprocess
from dataclasses import dataclass

from tests.pipeline import Pipeline


@dataclass(frozen=True)
class Workshop(Pipeline):
    """A copy that may be left changed; `~/music` is the folder of music beside it."""

    @property
    def environment(self) -> dict[str, str]:
        return {**super().environment, "HOME": str(self.root.parent)}


def typed(pipeline: Pipeline, command: str, *, timeout: float = 600) -> subprocess.CompletedProcess[str]:
    """Let bash run `command` in the copy."""
    return subprocess.run(
        ["bash", "-c", command],
        cwd=pipeline.root, env=pipeline.environment, text=True, capture_output=True, timeout=timeout,
    )  # fmt: skip
