import subprocess

import pytest

from aurl_core.sums import faults, write_sums


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "parts").mkdir()
    for name in ("one", "two", "parts/three"):
        (tmp_path / name).write_text(name)
    write_sums(tmp_path)
    return tmp_path


def test_a_whole_folder_has_no_faults_and_sha256sum_agrees(folder):
    assert faults(folder) == []
    assert (
        subprocess.run(["sha256sum", "-c", "SHA256SUMS"], cwd=folder, capture_output=True, check=False).returncode == 0
    )


def test_every_fault_is_named(folder):
    (folder / "one").unlink()
    (folder / "parts" / "three").write_text("thre3")
    (folder / "four").touch()
    assert faults(folder) == ["one is missing", "four is not listed", "parts/three is damaged"]


@pytest.mark.parametrize("sums", [b"", b"\xff\xfe nothing", None])
def test_sums_that_say_nothing_are_a_fault(folder, sums):
    (folder / "SHA256SUMS").unlink()
    if sums is not None:
        (folder / "SHA256SUMS").write_bytes(sums)
    assert faults(folder)
