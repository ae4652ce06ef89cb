"""The ingest stage, and how little it costs when there is nothing to convert."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from aurl_core.corpus.raw import read_manifest
from aurl_core.errors import InputError
from aurl_core.parsing.params import IngestParams
from tasks.ingest import ingest
from tasks.params import ClusterParams
from tasks.stage import Paths

CLUSTER = ClusterParams(workers=1, chunk_size=2, chunk_timeout_seconds=60)
TUNE = "X:1\nT:A Tune\nM:4/4\nL:1/4\nK:C\nC D E F |]\n"

RERUN = """
import json, sys
from pathlib import Path
from aurl_core.parsing.params import IngestParams
from tasks.ingest import ingest
from tasks.params import ClusterParams
from tasks.stage import Paths

if __name__ == "__main__":
    root = Path(sys.argv[1])
    cluster = ClusterParams(workers=1, chunk_size=2, chunk_timeout_seconds=60)
    ingest(IngestParams(source=str(root / "music")), Paths(data=root / "data", store=root / "store"), cluster=cluster)
    print(json.dumps(sorted(sys.modules)))
"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "music"
    folder.mkdir()
    (folder / "tune.abc").write_text(TUNE)
    (folder / "song.mid").write_bytes(b"read in place")
    return folder


def paths_beside(source: Path) -> Paths:
    return Paths(data=source.parent / "data", store=source.parent / "store")


def test_files_come_in_and_a_rerun_imports_nothing_heavy(source: Path) -> None:
    paths = paths_beside(source)
    report = ingest(IngestParams(source=str(source)), paths, cluster=CLUSTER)
    assert (report.num_pieces, report.num_converted, report.num_rejections) == (2, 1, 0)
    assert [row["midi_path"] for row in read_manifest(paths.of("raw"))] == ["song.mid", "midi/tune.abc.mid"]
    before = (paths.of("raw") / "manifest.parquet").read_bytes()
    rerun = subprocess.run(
        [sys.executable, "-c", RERUN, str(source.parent)], check=True, capture_output=True, text=True
    )
    loaded = json.loads(rerun.stdout.splitlines()[-1])
    assert not {"music21", "torch", "symusic", "pandas", "prefect", "mlflow"} & set(loaded)
    assert (paths.of("raw") / "manifest.parquet").read_bytes() == before


def test_a_missing_folder_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such folder"):
        ingest(IngestParams(source=str(tmp_path / "gone")), Paths(data=tmp_path / "data"), cluster=CLUSTER)
    assert not list((tmp_path / "data").iterdir())
