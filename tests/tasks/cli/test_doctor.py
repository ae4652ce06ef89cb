"""`aurl doctor` tells what must be mended."""

from collections.abc import Callable
from pathlib import Path

Aurl = Callable[..., tuple[int, str, str]]


def test_a_good_machine_passes(aurl: Aurl) -> None:
    code, out, _ = aurl("doctor")

    assert code == 0
    assert "data can be written" in out


def test_wrong_settings_must_be_mended(aurl: Aurl, repository: Path) -> None:
    (repository / "params.yaml").write_text("seed: x\n")

    code, out, _ = aurl("doctor")

    assert code == 1
    assert "MEND" in out


def test_a_folder_that_cannot_be_written_must_be_mended(aurl: Aurl, repository: Path) -> None:
    (repository / "data").write_text("a file where a folder should be")

    code, out, _ = aurl("doctor")

    assert code == 1
    assert "paths.data" in next(line for line in out.splitlines() if "MEND" in line)


def test_a_package_of_another_version_is_noted(aurl: Aurl, repository: Path) -> None:
    (repository / "constraints.txt").write_text("numpy==0.1\n")

    assert "instead of 0.1" in aurl("doctor")[1]
