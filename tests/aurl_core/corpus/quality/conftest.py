import pytest

from aurl_core.corpus.rejections import write_rejections
from aurl_core.corpus.schema import REPAIRS
from aurl_core.corpus.shards import write_table
from aurl_core.corpus.tables import table_of
from aurl_core.parsing.rejection import Rejection

REPAIRED = {"piece_id": ["a", "a", "b"], "note_index": [0, 1, 2], "kind": ["zero_length_note"] * 3}


@pytest.fixture
def write_measurable(write_parsed):
    """A function that writes what parse and shard leave of scores, by title; the folders parsed and corpus."""

    def write(scores, *, rejections=(), repairs=None, clusters=None):
        parsed = write_parsed(scores)
        write_rejections(parsed, [Rejection(*one) for one in rejections])
        columns = dict.fromkeys(REPAIRS.names, ()) | (repairs or {})
        columns = {name: values or [""] * len(columns["piece_id"]) for name, values in columns.items()}
        write_table(parsed / "repairs.parquet", table_of(REPAIRS, columns))
        corpus = parsed.parent / "corpus"
        for split, pieces in (clusters or {}).items():
            (corpus / f"split={split}").mkdir(parents=True)
            write_table(corpus / f"split={split}" / "pieces-00000.parquet", pieces)
        return parsed, corpus

    return write
