from aurl_core.chunks import SerialPool


def test_chunks_are_consecutive_and_in_order():
    assert list(SerialPool(chunk_size=2).map(tuple, [1, 2, 3])) == [(1, 2), (3,)]


def test_the_chunk_size_may_be_chosen_per_call():
    assert list(SerialPool().map(tuple, [1, 2, 3], chunk_size=1)) == [(1,), (2,), (3,)]
