"""The parse stage on a folder of MIDI, in worker processes."""

from pathlib import Path

import pytest

from aurl_core.corpus.shards import read_scores
from aurl_core.errors import InputError
from aurl_core.parsing.params import IngestParams
from aurl_core.rendering.midi import write_midi
from tasks.ingest import ingest
from tasks.params import ClusterParams, Params
from tasks.parse import parse
from tasks.stage import Paths

CLUSTER = ClusterParams(workers=1, chunk_size=2, chunk_timeout_seconds=60)


def run(source: Path, params: Params) -> tuple[Paths, object]:
    paths = Paths(data=source.parent / "data", store=source.parent / "store")
    found = IngestParams(source=str(source))
    ingest(found, paths, cluster=CLUSTER)
    return paths, parse(params.parse, paths, ingest=found, cluster=CLUSTER)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "music"
    folder.mkdir()
    return folder


def test_a_folder_with_a_bad_file_becomes_tables(source: Path, make_piece, params: Params) -> None:
    for seed in range(3):
        (source / f"{seed}.mid").write_bytes(write_midi(make_piece(seed)))
    (source / "bad.mid").write_bytes(b"<html>not found</html>")
    paths, report = run(source, params)
    assert (report.num_files, report.num_pieces, report.num_notes) == (4, 3, 3 * 64)
    assert (report.rejections, report.num_rejections, report.num_repairs) == ({"not_midi": 1}, 1, 0)
    scores = [score for _, score in read_scores(paths.of("parsed"))]
    assert all(score.notes.equals(make_piece(seed).notes) for seed, score in enumerate(scores))


def test_when_nothing_can_be_parsed_nothing_is_written(source: Path, params: Params) -> None:
    (source / "bad.mid").write_bytes(b"<html>not found</html>")
    with pytest.raises(InputError, match="none of the 1 files"):
        run(source, params)
    assert not (source.parent / "data" / "parsed").exists()
