"""Hashes equal DVC's, processes have names that are never used again, and a pipeline run has one key."""

import subprocess
import sys
from pathlib import Path

import psutil

from tasks.lineage import content_hash, folder_size, git_tags, is_gone, pipeline_key, process_name


def test_the_hash_of_a_file_is_its_md5(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"hello")

    assert content_hash(tmp_path / "a") == "5d41402abc4b2a76b9719d911017c592"


def test_the_hash_of_a_folder_is_that_of_dvc(tmp_path: Path) -> None:
    """The figure is what `dvc add` of DVC 3.67 wrote for this folder."""
    (tmp_path / "b").mkdir()
    (tmp_path / "a.txt").write_text("one")
    (tmp_path / "b" / "c.txt").write_text("two")

    assert content_hash(tmp_path) == "9ac7ba4a4409640ebaa596b7fe84d343.dir"


def test_sizes_of_folders_files_and_nothing(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "a").write_text("12")
    (tmp_path / "b" / "c").write_text("345")

    assert folder_size(tmp_path) == (2, 5)
    assert folder_size(tmp_path / "a") == (1, 2)
    assert folder_size(tmp_path / "none") == (0, 0)


def test_a_process_is_gone_once_it_has_ended() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        name = process_name(psutil.Process(child.pid))
        assert not is_gone(name)
        child.communicate(b"\n")

    assert is_gone(name)


def test_a_process_is_not_gone_because_the_clock_was_set() -> None:
    me = psutil.Process()
    before = process_name(me).rpartition(":")[0]

    assert not is_gone(f"{before}:{me.create_time() + 1:.2f}")
    assert is_gone(f"{before}:{me.create_time() - 3600:.2f}")


def test_of_another_host_nothing_is_known() -> None:
    assert not is_gone("elsewhere:1:0.00")


def test_the_key_of_a_flow_wins() -> None:
    assert pipeline_key({"PIPELINE_KEY": "prefect:7"}) == "prefect:7"


def test_a_stage_run_by_hand_is_a_pipeline_of_its_own() -> None:
    assert pipeline_key({}) == f"hand:{process_name()}"


def test_outside_a_repository_there_is_no_commit(tmp_path: Path) -> None:
    assert git_tags(tmp_path) == {}


def test_the_commit_and_whether_files_changed_since(tmp_path: Path) -> None:
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b.c"]
    (tmp_path / "a").write_text("one")
    for command in (["init", "-q"], ["add", "a"], ["commit", "-qm", "a"]):
        subprocess.run([*git, *command], cwd=tmp_path, check=True)
    clean = git_tags(tmp_path)
    (tmp_path / "a").write_text("two")

    assert len(clean["git.commit"]) == 40
    assert [clean["git.is_changed"], git_tags(tmp_path)["git.is_changed"]] == ["false", "true"]
