import pytest

from aurl_core.corpus.rejections import write_rejections
from aurl_core.corpus.schema import REPAIRS
from aurl_core.corpus.shards import write_table
from aurl_core.corpus.tables import table_of
from aurl_core.parsing.rejection import Rejection


@pytest.fixture
def write_measurable(write_parsed):
    """A function that writes what parse and shard leave of scores, by title; the folders of all three stages."""

    def write(scores, *, rejections=(), repairs=None, clusters=None):
        parsed = write_parsed(scores)
        write_rejections(parsed, [Rejection(*one) for one in rejections])
        columns = dict.fromkeys(REPAIRS.names, ()) | (repairs or {})
        columns = {name: values or [""] * len(columns["piece_id"]) for name, values in columns.items()}
        write_table(parsed / "repairs-00000.parquet", table_of(REPAIRS, columns))
        corpus = parsed.parent / "corpus"
        for split, pieces in (clusters or {}).items():
            (corpus / f"split={split}").mkdir(parents=True)
            write_table(corpus / f"split={split}" / "pieces-00000.parquet", pieces)
        return parsed, parsed.parent / "quantized", corpus

    return write
