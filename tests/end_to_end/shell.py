"""Commands as a reader of docs/ types them, in a copy of the repository whose home folder is the one that holds it."""

import subprocess

from tests.pipeline import Pipeline


def typed(pipeline: Pipeline, command: str, *, timeout: float = 600) -> subprocess.CompletedProcess[str]:
    """Let bash run `command` in the copy; `~/music` is the folder of music beside it."""
    environment = {**pipeline.environment, "HOME": str(pipeline.root.parent)}
    return subprocess.run(
        ["bash", "-c", command], cwd=pipeline.root, env=environment, text=True, capture_output=True, timeout=timeout
    )
