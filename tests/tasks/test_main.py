"""`python -m tasks` tells mistakes in one paragraph."""

from pathlib import Path

import pytest

from tasks.__main__ import main


@pytest.mark.usefixtures("repository")
@pytest.mark.parametrize("arguments", [["pars"], [], ["parse", "shard"]])
def test_a_name_that_is_no_stage_is_told_the_valid_ones(
    capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    assert main(arguments) == 1

    assert "is no stage; the stages are ingest, parse" in capsys.readouterr().err


def test_a_wrong_setting_is_told_before_anything_runs(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with (repository / "params.yaml").open("a") as file:
        file.write("sed: 1\n")

    assert main(["parse"]) == 1

    assert "did you mean seed?" in capsys.readouterr().err
    assert not (repository / "reports").exists()
