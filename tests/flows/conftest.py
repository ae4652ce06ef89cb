"""A small repository whose stages are one-line commands under real DVC, and one Prefect for all tests here."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tasks.profiles import use_profile


@pytest.fixture(scope="session")
def _prefect() -> Iterator[None]:
    from prefect.testing.utilities import prefect_test_harness

    with prefect_test_harness(server_startup_timeout=120):
        yield


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, _prefect: None) -> Callable[..., Path]:
    """A function that makes a repository from (stage, Python code) pairs, each reading what the one before wrote."""

    def make(**stages: str) -> Path:
        root = tmp_path / "repository"
        (root / "tasks").mkdir(parents=True)
        shutil.copytree("profiles", root / "profiles")
        monkeypatch.chdir(root)
        use_profile("base")
        Path("dvc.yaml").write_text("stages:\n" + "".join(_stages(stages)))
        for command in (["git", "init", "-q"], [sys.executable, "-m", "dvc", "init", "-q"]):
            subprocess.run(command, check=True)
        return root

    return make


def _stages(stages: dict[str, str]) -> Iterator[str]:
    before = ""
    for name, code in stages.items():
        Path(f"tasks/{name}.py").write_text(
            f"{code}\nfrom pathlib import Path\nPath('{name}.txt').write_text('made')\n"
        )
        deps = "".join(f"      - {dep}\n" for dep in (f"tasks/{name}.py", before) if dep)
        yield f"  {name}:\n    cmd: python tasks/{name}.py\n    deps:\n{deps}    outs:\n      - {name}.txt\n"
        before = f"{name}.txt"
