import pyarrow as pa
import pytest

from aurl_core.corpus import schema

SCHEMAS = {name: value for name, value in vars(schema).items() if isinstance(value, pa.Schema)}


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_column_says_its_unit_and_every_schema_its_version(name):
    assert SCHEMAS[name].metadata == {b"schema_version": b"2"}
    assert all(field.metadata[b"unit"] for field in SCHEMAS[name])


def test_columns_of_one_name_are_of_one_type():
    types = {}
    for field in (field for other in SCHEMAS.values() for field in other):
        kind = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
        types.setdefault(field.name, set()).add(kind)
    assert types.pop("track") == {pa.uint16(), pa.int16()}, "events have -1 for the whole piece"
    assert all(len(kinds) == 1 for kinds in types.values())


def test_the_corpus_has_all_that_quantizing_wrote():
    assert schema.CORPUS_PIECES.names[: len(schema.QUANTIZED_PIECES.names)] == schema.QUANTIZED_PIECES.names
