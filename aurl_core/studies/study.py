"""What a study is, and how one is found by its dotted path. The studies themselves live in the rooms beside it."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from aurl_core.corpus.schema import PIECE_ID, column, table_schema
from aurl_core.corpus.tables import joined, piece_id_column, table_of
from aurl_core.errors import SettingError
from aurl_core.score.score import Score
from aurl_core.studies.params import StudyParams

Row = Mapping[str, Any]
"""A piece's row of the quantized pieces table."""


@runtime_checkable
class Study(Protocol):
    """Looks at one score at a time and says what it found as rows of one table.

    A study is built as `Class(params: StudyParams)`. Its table starts with `piece_id`, says where in beats, and carries
    a `confidence` between 0 and 1. `analyze` must give equal rows for equal scores and never a row for an empty one.
    """

    name: str
    """Stem of the table's file."""
    schema: pa.Schema
    """Columns with their units."""

    def analyze(self, piece: Row, score: Score) -> pa.Table:
        """What is found in one piece, as rows of `schema`."""
        ...


@runtime_checkable
class Template(Protocol):
    """Sums up a corpus from the tables of its studies; built as `Class(params: StudyParams)`."""

    name: str
    schema: pa.Schema
    needs: tuple[str, ...]
    """Names of the studies whose tables it reads."""

    def build(self, folder: Path) -> pa.Table:
        """The summary of the tables `<need>.parquet` in `folder`."""
        ...


def study_schema(*columns: pa.Field) -> pa.Schema:
    """A study's schema: `piece_id`, then the study's own columns, then `confidence`."""
    return table_schema(PIECE_ID, *columns, column("confidence", pa.float32(), "0-1, see the study's docstring"))


def study_table(schema: pa.Schema, piece: Row, columns: Mapping[str, NDArray[Any] | list[Any] | pa.Array]) -> pa.Table:
    """A study's rows for one piece; `piece_id` is filled in."""
    length = len(next(iter(columns.values())))
    return table_of(schema, {"piece_id": piece_id_column(piece["piece_id"], length), **columns})


def empty_table(schema: pa.Schema) -> pa.Table:
    """A study's table without rows."""
    return joined(schema, ())


def beats_of(steps: NDArray[Any], score: Score) -> NDArray[np.float64]:
    """Steps as quarter notes from the start of the piece."""
    return steps / np.float64(score.ticks_per_beat)


def load_studies(params: StudyParams) -> list[Study]:
    """The studies that the params name, in that order; `SettingError` for a path that leads to none."""
    found = [_built(path, params) for path in params.studies]
    for path, study in zip(params.studies, found, strict=True):
        if not isinstance(study, Study):
            raise SettingError(f"study.studies: {path!r} is no study; it needs `name`, `schema` and `analyze`")
    _check_names([study.name for study in found])
    return found


def load_templates(params: StudyParams) -> list[Template]:
    """The templates that the params name; `SettingError` for a path to none or to one whose studies are not run."""
    found = [_built(path, params) for path in params.templates]
    made = [study.name for study in load_studies(params)]
    for path, template in zip(params.templates, found, strict=True):
        if not isinstance(template, Template):
            raise SettingError(f"study.templates: {path!r} is no template; it needs `name`, `schema`, `needs`, `build`")
        if missing := sorted(set(template.needs) - set(made)):
            raise SettingError(
                f"study.templates: {path!r} reads the tables {missing} and study.studies only makes {made}; add the"
                " studies that make them or leave the template out"
            )
    _check_names([template.name for template in found])
    return found


def _built(path: str, params: StudyParams) -> Any:
    module_name, class_name = path.split(":")
    try:
        return getattr(importlib.import_module(module_name), class_name)(params)
    except (ImportError, AttributeError) as error:
        raise SettingError(
            f"study: {path!r} cannot be loaded ({error}); give it as 'package.module:Class' that Python can import"
        ) from error


def _check_names(names: list[str]) -> None:
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise SettingError(f"study: two entries would write the same table {twice}; give each a name of its own")
