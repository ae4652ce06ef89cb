from typing import get_args

import numpy as np
import pyarrow as pa
import pytest

from aurl_core.corpus import schema
from aurl_core.corpus.quality.table import QUALITY
from aurl_core.evaluation.metrics import metrics
from aurl_core.evaluation.pieces import PieceSet, measures_table
from aurl_core.generation.samples import SAMPLES
from aurl_core.parsing.rejection import REASONS
from aurl_core.parsing.repair import RepairKind
from aurl_core.score.score import EVENT_KINDS
from aurl_core.studies.runner import REJECTIONS
from aurl_core.studies.study import load_studies, load_templates
from aurl_core.training.seen import SEEN
from tasks.ledger import VERSIONS
from tasks.params import Params, load_params
from tasks.profiles import use_profile
from tests.docs.pages import DOCS, codes, tables

PAGE = "data_format.md"
CORPUS_NOTES, CORPUS_PIECES = "data/corpus/split=*/notes-*.parquet", "data/corpus/split=*/pieces-*.parquet"


@pytest.fixture(scope="module")
def params(tmp_path_factory) -> Params:
    file = tmp_path_factory.mktemp("params") / "params.yaml"
    use_profile("base", target=file)
    return load_params(file)


@pytest.fixture(scope="module")
def schemas(params) -> dict[str, list[pa.Field]]:
    """The columns of every table, by the path of its files."""
    studies = {f"data/studies/{study.name}.parquet": study.schema for study in load_studies(params.study)}
    templates = {f"data/studies/templates/{one.name}.parquet": one.schema for one in load_templates(params.study)}
    measured = metrics(params.evaluate, known=np.zeros(0, np.uint64))
    nothing = PieceSet("", (), {metric.name: np.zeros(0) for metric in measured})
    added = [column for column in schema.CORPUS_PIECES if column.name not in schema.QUANTIZED_PIECES.names]
    known = {
        "data/raw/manifest.parquet": schema.MANIFEST,
        "data/raw/rejections.parquet": schema.REJECTIONS,
        "data/parsed/rejections.parquet": schema.REJECTIONS,
        "data/quantized/rejections.parquet": schema.REJECTIONS,
        "data/corpus/rejections.parquet": schema.REJECTIONS,
        "data/parsed/repairs-*.parquet": schema.REPAIRS,
        "data/parsed/figures-*.parquet": schema.FIGURES,
        "data/parsed/pieces-*.parquet": schema.PARSED_PIECES,
        "data/parsed/notes-*.parquet": schema.PARSED_NOTES,
        "data/parsed/tracks-*.parquet": schema.TRACKS,
        "data/parsed/events-*.parquet": schema.PARSED_EVENTS,
        "data/quantized/pieces-*.parquet": schema.QUANTIZED_PIECES,
        "data/quantized/notes-*.parquet": schema.QUANTIZED_NOTES,
        "data/quantized/tracks-*.parquet": schema.TRACKS,
        "data/quantized/events-*.parquet": schema.QUANTIZED_EVENTS,
        CORPUS_PIECES: added,
        CORPUS_NOTES: schema.QUANTIZED_NOTES,
        "data/corpus/split=*/tracks-*.parquet": schema.TRACKS,
        "data/corpus/split=*/events-*.parquet": schema.QUANTIZED_EVENTS,
        "data/quality/pieces.parquet": QUALITY,
        "data/studies/rejections.parquet": REJECTIONS,
        "data/generated/samples.parquet": SAMPLES,
        "data/models/pieces.parquet": SEEN,
        "data/exports/pieces.parquet": SEEN,
        "data/ledger/*.parquet": SEEN,
        "data/ledger/versions/*.parquet": VERSIONS,
        "reports/evaluate/pieces.parquet": measures_table([nothing], measured).schema,
    }
    return {path: list(columns) for path, columns in (known | studies | templates).items()}


def type_name(kind: pa.DataType) -> str:
    if pa.types.is_dictionary(kind):
        return type_name(kind.value_type)
    return f"list of {type_name(kind.value_type)}" if pa.types.is_list(kind) else str(kind)


def test_every_column_of_every_table_is_there_with_its_type_and_unit(schemas):
    expected = {
        path: [[f"`{c.name}`", type_name(c.type), c.metadata[b"unit"].decode()] for c in columns]
        for path, columns in schemas.items()
    }
    assert {path: rows for path, rows in tables(PAGE).items() if path.endswith(".parquet")} == expected


def test_no_schema_of_the_corpus_is_left_out(schemas):
    written = {tuple(column.name for column in columns) for columns in schemas.values()}
    written.add(tuple(schema.CORPUS_PIECES.names))
    known = [tuple(one.names) for one in vars(schema).values() if isinstance(one, pa.Schema)]
    assert [names for names in known if names not in written] == []


def test_closed_lists_are_whole():
    text = (DOCS / PAGE).read_text(encoding="utf-8")
    [reasons] = [line for line in text.splitlines() if line.startswith("`reason` is one of")]
    assert codes(reasons)[1:] == list(REASONS)
    first_cells = [codes(line.split("|")[1]) for line in text.splitlines() if line.startswith("| `")]
    named = {name for cell in first_cells for name in cell}
    kinds = {*EVENT_KINDS, *get_args(RepairKind)}
    assert kinds - named == set()
