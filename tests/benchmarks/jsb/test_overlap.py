from collections.abc import Callable

import numpy as np

from benchmarks.jsb.chorales import IntArray, build_chorales
from benchmarks.jsb.overlap import find_overlap

OPENING = np.array([69, 64, 59, 52])


def test_a_copy_in_another_key_is_a_near_duplicate_and_a_shared_melody_is_not(
    make_pieces: Callable[..., list[IntArray]],
) -> None:
    known, other = make_pieces(1, num_pieces=2, num_steps=80)
    reharmonized = np.column_stack([known[:, 0], other[:, 1:]])
    (fresh,) = make_pieces(2, num_pieces=1, num_steps=80)
    train = build_chorales([known], opening=OPENING, voice_order=(0, 1, 2, 3))
    held_out = build_chorales([known + 2, reharmonized, fresh], opening=OPENING, voice_order=(0, 1, 2, 3))
    overlap = find_overlap(held_out, train)
    assert overlap.near_duplicates().tolist() == [True, False, False]
    assert overlap.unseen_melodies().tolist() == [False, False, True]
