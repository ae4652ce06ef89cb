import pickle

import numpy as np

from aurl_core.training.loading.recent import ENTRY_BYTES, Recent


class Maker:
    def __init__(self):
        self.made = []

    def __call__(self, number, size):
        self.made.append(number)
        return np.full(size, number, np.uint8)


def test_what_is_kept_is_made_once():
    maker = Maker()
    recent = Recent(maker, limit_bytes=10_000)
    assert [recent(number, 10)[0] for number in (1, 2, 1, 2)] == [1, 2, 1, 2]
    assert maker.made == [1, 2]


def test_what_was_asked_for_longest_ago_goes_when_bytes_run_out():
    maker = Maker()
    recent = Recent(maker, limit_bytes=2 * ENTRY_BYTES + 100)
    for number in (1, 2, 1, 3, 1, 2):
        recent(number, 40)
    assert maker.made == [1, 2, 3, 2]
    assert recent.num_bytes == 2 * ENTRY_BYTES + 80


def test_one_that_is_too_large_is_kept_until_the_next():
    maker = Maker()
    recent = Recent(maker, limit_bytes=100)
    for number, size in ((1, 500), (1, 500), (2, 10)):
        recent(number, size)
    assert (maker.made, recent.num_bytes) == ([1, 2], ENTRY_BYTES + 10)


def test_a_copy_begins_empty():
    recent = Recent(np.zeros, limit_bytes=100)
    recent(5)
    copy = pickle.loads(pickle.dumps(recent))
    assert (copy.num_bytes, copy(5).tolist()) == (0, [0.0] * 5)
