from collections.abc import Callable

import numpy as np

from benchmarks.jsb.chorales import NUM_CODES, REACH, Chorales, IntArray, build_chorales
from benchmarks.jsb.matching import NO_MATCH, continuations

OPENING = np.array([69, 64, 59, 52])
IN_ORDER = (0, 1, 2, 3)
MakePieces = Callable[..., list[IntArray]]


def chorales_of(*pieces: IntArray) -> Chorales:
    return build_chorales(list(pieces), opening=OPENING, voice_order=IN_ORDER)


def test_a_repeat_in_another_key_is_foretold(make_pieces: MakePieces) -> None:
    (part,) = make_pieces(1, num_pieces=1, num_steps=20)
    chorales = chorales_of(np.vstack([part, part + 3]))
    found = continuations(chorales, chorales, view="joint", scope="past")
    np.testing.assert_array_equal(found.codes[25:], chorales.codes[25:])
    assert found.lengths[39, 0] == 18


def test_lengths_are_those_of_a_slow_search(make_pieces: MakePieces) -> None:
    query, database = chorales_of(*make_pieces(2, num_steps=30)), chorales_of(*make_pieces(3, num_pieces=6))
    found = continuations(query, database, view="melody", scope="all")
    first, second = query.codes[:, 0], database.codes[:, 0]

    def length(step: int, end: int, steps_before: int, ends_before: int) -> int:
        count = 0
        while count < min(steps_before, ends_before) and first[step - count] == second[end - count]:
            count += 1
        return count

    for piece in range(3):
        for step in range(1, 30):
            longest = max(
                length(30 * piece + step - 1, 40 * other + end, step - 1, end)
                for other in range(6)
                for end in range(39)
            )
            if longest >= 4:
                assert found.votes[30 * piece + step, 0].sum() > 0.99
                assert found.lengths[30 * piece + step, 0] >= longest / 2
            else:
                assert found.codes[30 * piece + step, 0] == NO_MATCH


def test_the_own_piece_is_never_retrieved(make_pieces: MakePieces) -> None:
    (part,) = make_pieces(4, num_pieces=1)
    rising, falling = part, part[::-1]
    chorales = chorales_of(np.vstack([rising, rising]), falling)
    found = continuations(chorales, chorales, view="joint", scope="others")
    twice = continuations(chorales, chorales_of(np.vstack([rising, rising]), falling), view="joint", scope="all")
    assert twice.lengths.max() > 30
    assert found.lengths.max() < 10


def test_a_held_out_piece_is_not_in_what_is_searched(make_pieces: MakePieces) -> None:
    train, held_out = make_pieces(5), make_pieces(6)
    before = continuations(chorales_of(*held_out), chorales_of(*train), view="joint", scope="all")
    alone = [continuations(chorales_of(piece), chorales_of(*train), view="joint", scope="all") for piece in held_out]
    np.testing.assert_array_equal(before.codes, np.concatenate([part.codes for part in alone]))


def test_only_earlier_steps_are_searched(make_pieces: MakePieces) -> None:
    (part,) = make_pieces(7, num_pieces=1, num_steps=30)
    whole = chorales_of(np.vstack([part, part]))
    cut = chorales_of(part)
    for view in ("joint", "melody"):
        found = continuations(whole, whole, view=view, scope="past")
        earlier = continuations(cut, cut, view=view, scope="past")
        np.testing.assert_array_equal(found.codes[:30], earlier.codes)
        np.testing.assert_array_equal(found.votes[:30], earlier.votes)


def test_matches_are_narrowed_to_those_that_agree_with_the_voices_before() -> None:
    chord = np.array([69, 64, 59, 52])
    up, down = chord + np.array([2, 1, 0, 0]), chord + np.array([-2, 0, 1, 0])
    piece = np.array([chord, chord, up, chord, chord, down, chord, chord, down])
    chorales = chorales_of(piece)
    found = continuations(chorales, chorales, view="joint", scope="past")
    assert found.agreed[8, 1] == 1
    assert found.codes[8, 2] == REACH + 1


def test_votes_are_shares(make_pieces: MakePieces) -> None:
    chorales = chorales_of(*make_pieces(8, num_pieces=4))
    votes = continuations(chorales, chorales, view="melody", scope="others").votes.astype(np.float32)
    assert votes.shape == (160, 4, NUM_CODES)
    total = votes.sum(-1)
    assert np.all((np.abs(total - 1) < 0.01) | (total == 0))
    assert (total > 0).any()
