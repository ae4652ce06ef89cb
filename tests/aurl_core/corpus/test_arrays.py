import subprocess
import sys

import numpy as np
import pyarrow as pa
import pytest

from aurl_core.corpus.arrays import array_of, named

NAMES = pa.dictionary(pa.int32(), pa.string())


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["a", None, "ü", ""], pa.string()),
        ([1, None, -3], pa.int32()),
        ([0.5, None], pa.float64()),
        ([0.5, 2.0], pa.float32()),
        ([True, None, False], pa.bool_()),
        ([["x", "y"], [], None, ["z"]], pa.list_(pa.string())),
        (["b", "a", "b", None], NAMES),
        ([], pa.string()),
        ([], pa.list_(pa.uint16())),
    ],
)
def test_values_come_back_as_they_went_in(values, kind):
    array = array_of(values, kind)
    array.validate(full=True)
    assert array.type.equals(kind)
    assert array.to_pylist() == values


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        (np.array([1, 255]), pa.uint8()),
        (np.arange(6, dtype=np.int32)[::2], pa.int32()),
        (np.array([True, False, True] * 5), pa.bool_()),
        (np.array(["a", "b"], object), pa.string()),
    ],
)
def test_numpy_columns_become_arrays_of_the_kind_asked_for(column, kind):
    array = array_of(column, kind)
    array.validate(full=True)
    assert array.type.equals(kind)
    assert array.to_pylist() == column.tolist()


def test_names_are_stored_once():
    column = named(np.array([1, 0, 1]), ["p", "q"])
    assert column.to_pylist() == ["q", "p", "q"]
    assert column.dictionary.to_pylist() == ["p", "q"]


def test_pandas_stays_out():
    program = (
        "import sys, numpy as np, pyarrow as pa\n"
        "from aurl_core.corpus.arrays import array_of, named\n"
        "array_of([1, None], pa.int32()), array_of([['a']], pa.list_(pa.string())), named(np.zeros(2), ['a'])\n"
        "sys.exit('pandas' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
