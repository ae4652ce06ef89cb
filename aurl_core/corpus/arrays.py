"""Arrow arrays from numpy columns and Python lists, made of their buffers, and back.

`pyarrow.array` and `to_numpy` would do, but their first call imports pandas, which costs each process 0.3 s and needs
nothing of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray


def array_of(values: Sequence[Any] | NDArray[Any], kind: pa.DataType) -> pa.Array:
    """An array of `kind` (numbers, booleans, strings, bytes, lists or dictionaries of these) from values or None.

    >>> array_of(["a", None], pa.string()).to_pylist(), array_of([[1], []], pa.list_(pa.int8())).to_pylist()
    (['a', None], [[1], []])
    """
    if pa.types.is_dictionary(kind):
        return array_of(values, kind.value_type).dictionary_encode().cast(kind)
    if isinstance(values, np.ndarray) and pa.types.is_primitive(kind):
        return _from_column(values, kind)
    if isinstance(values, np.ndarray) and pa.types.is_string(kind):
        return _from_texts(values)
    present = [value is not None for value in values]
    validity = None if all(present) else pa.py_buffer(np.packbits(present, bitorder="little"))
    if pa.types.is_string(kind) or pa.types.is_binary(kind):
        texts = [value.encode() if isinstance(value, str) else value or b"" for value in values]
        return pa.Array.from_buffers(kind, len(texts), [validity, _offsets(texts), pa.py_buffer(b"".join(texts))])
    if pa.types.is_list(kind):
        parts = [() if value is None else value for value in values]
        items = array_of(list(chain.from_iterable(parts)), kind.value_type)
        return pa.Array.from_buffers(kind, len(parts), [validity, _offsets(parts)], children=[items])
    numbers = np.array([0 if value is None else value for value in values], _dtype(kind))
    return _from_column(numbers, kind, validity)


def _from_texts(texts: NDArray[np.object_]) -> pa.Array:
    """A column of texts, of which most may be empty."""
    rows = np.flatnonzero(texts != "")
    encoded = [text.encode() for text in texts[rows].tolist()]
    lengths = np.zeros(len(texts) + 1, np.int32)
    lengths[rows + 1] = [len(text) for text in encoded]
    offsets = pa.py_buffer(np.cumsum(lengths, dtype=np.int32))
    return pa.Array.from_buffers(pa.string(), len(texts), [None, offsets, pa.py_buffer(b"".join(encoded))])


def numbers_of(column: pa.Array | pa.ChunkedArray) -> NDArray[Any]:
    """A column of numbers or truths without gaps, as a view where it is in one piece.

    >>> numbers_of(pa.chunked_array([array_of([1, 2], pa.int8()), array_of([3], pa.int8())])).tolist()
    [1, 2, 3]
    """
    parts = [_numbers(part) for part in (column.chunks if isinstance(column, pa.ChunkedArray) else [column])]
    return parts[0] if len(parts) == 1 else np.concatenate([np.zeros(0, _dtype(column.type)), *parts])


def _numbers(part: pa.Array) -> NDArray[Any]:
    data, last = part.buffers()[1] or b"", part.offset + len(part)
    if pa.types.is_boolean(part.type):
        return np.unpackbits(np.frombuffer(data, np.uint8), bitorder="little")[part.offset : last].astype(bool)
    return np.frombuffer(data, _dtype(part.type))[part.offset : last]


def named(codes: NDArray[Any], names: Sequence[str]) -> pa.DictionaryArray:
    """Strings by their index in `names`, each stored once.

    >>> named(np.array([1, 1, 0]), ["a", "b"]).to_pylist()
    ['b', 'b', 'a']
    """
    data = pa.py_buffer(np.ascontiguousarray(codes, np.int32))
    kind = pa.dictionary(pa.int32(), pa.string())
    return pa.DictionaryArray.from_buffers(kind, len(codes), [None, data], array_of(names, pa.string()))


def _from_column(column: NDArray[Any], kind: pa.DataType, validity: pa.Buffer | None = None) -> pa.Array:
    if pa.types.is_boolean(kind):
        data = np.packbits(column.astype(bool), bitorder="little")
    else:
        data = np.ascontiguousarray(column, _dtype(kind))
    return pa.Array.from_buffers(kind, len(column), [validity, pa.py_buffer(data)])


def _dtype(kind: pa.DataType) -> np.dtype[Any]:
    """The numpy type of a number or boolean (`to_pandas_dtype` would import pandas)."""
    return np.dtype({"float": "float32", "double": "float64"}.get(str(kind), str(kind)))


def _offsets(parts: Sequence[Sequence[Any] | bytes]) -> pa.Buffer:
    """Where each part begins when they lie end to end, and where the last ends."""
    return pa.py_buffer(np.cumsum([0, *map(len, parts)], dtype=np.int32))
