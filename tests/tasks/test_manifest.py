"""What is kept of what went into a run."""

import json
import subprocess
from pathlib import Path

import pytest

from tasks.manifest import changes, write_manifest
from tasks.pipeline import Declaration

PARSE = Declaration(
    "parse", deps=(Path("aurl_core/parsing"), Path("data/raw")), params=(), outs=(), is_always_changed=False
)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A commit of code, settings and data."""
    for name in ("aurl_core/parsing/midi.py", "params.yaml", "data/raw/a", "dvc.lock"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f"{name}\n")
    (tmp_path / "dvc.lock").write_text(
        "stages:\n  ingest:\n    outs:\n    - {path: data/raw, hash: md5, md5: aaa.dir}\n"
    )
    identity = ("-c", "user.name=tester", "-c", "user.email=tester@localhost")
    for command in (("init", "-q"), ("add", "-A"), (*identity, "commit", "-qm", "first")):
        git(tmp_path, *command)
    return tmp_path


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout


def test_a_manifest_says_code_data_settings_and_place(repository: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    write_manifest(kept, PARSE, root=repository)
    found = json.loads((kept / "manifest.json").read_text())
    assert (found["stage"], found["commit"]) == ("parse", git(repository, "rev-parse", "HEAD").strip())
    assert found["inputs"] == {"data/raw": "aaa.dir"}
    assert len(found["code"]) == 64
    assert {"torch", "numpy", "dvc"} <= found["packages"].keys()
    assert found.keys() >= {"lock", "python", "machine", "cores", "threads"}
    assert sorted(path.name for path in kept.iterdir()) == ["manifest.json", "params.yaml"]


def test_changes_bring_a_clone_to_the_same_code_and_touch_nothing(repository: Path, tmp_path: Path) -> None:
    (repository / "aurl_core/parsing/midi.py").write_text("other\n")
    (repository / "aurl_core/new.py").write_text("new\n")
    (repository / "song.mid").write_bytes(b"somebody's music")
    before = git(repository, "status", "--porcelain")
    patch = changes(repository)
    assert git(repository, "status", "--porcelain") == before
    git(tmp_path, "clone", "-q", str(repository), "clone")
    (tmp_path / "changes.patch").write_text(patch)
    git(tmp_path / "clone", "apply", str(tmp_path / "changes.patch"))
    there = [(tmp_path / "clone" / name).exists() for name in ("aurl_core/new.py", "song.mid")]
    assert there == [True, False]
    assert (tmp_path / "clone/aurl_core/parsing/midi.py").read_text() == "other\n"


def test_outside_a_repository_there_is_no_commit_and_no_change(tmp_path: Path) -> None:
    assert changes(tmp_path) == ""
