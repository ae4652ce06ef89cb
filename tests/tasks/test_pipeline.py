"""dvc.yaml is read with its names filled in, dvc.lock gives the hashes."""

from pathlib import Path

import pytest

from aurl_core.errors import SettingError
from tasks.pipeline import check_stage, read_hashes, read_pipeline

PIPELINE = """
stages:
  parse:
    cmd: python -m tasks parse
    deps:
      - tasks/parse.py
      - aurl_core/parsing
      - ${paths.data}/raw
    params: [parse]
    outs:
      - ${paths.data}/parsed:
          cache: false
    metrics:
      - ${paths.reports}/parse.json
  ingest:
    cmd: python -m tasks ingest
    always_changed: true
"""

LOCK = """
schema: '2.0'
stages:
  parse:
    deps:
    - path: data/raw
      hash: md5
      md5: aaa.dir
    outs:
    - path: data/parsed
      hash: md5
      md5: bbb.dir
"""


def test_a_stage_is_read_with_its_names_filled_in(tmp_path: Path) -> None:
    (tmp_path / "dvc.yaml").write_text(PIPELINE)

    stages = read_pipeline({"paths": {"data": "d", "reports": "r"}}, tmp_path / "dvc.yaml")

    assert stages["parse"].inputs == (Path("d/raw"),)
    assert stages["parse"].outs == (Path("d/parsed"), Path("r/parse.json"))
    assert [stages[name].is_always_changed for name in ("parse", "ingest")] == [False, True]


def test_hashes_are_those_of_the_lock_file(tmp_path: Path) -> None:
    (tmp_path / "dvc.lock").write_text(LOCK)

    assert read_hashes(tmp_path / "dvc.lock") == {
        "parse": {Path("data/raw"): "aaa.dir", Path("data/parsed"): "bbb.dir"}
    }


def test_before_the_first_run_there_are_no_hashes(tmp_path: Path) -> None:
    assert read_hashes(tmp_path / "dvc.lock") == {}


def test_an_unknown_stage_is_told_the_known_ones() -> None:
    with pytest.raises(SettingError, match=r"'pars' is no stage; the stages are ingest, parse,"):
        check_stage("pars")
