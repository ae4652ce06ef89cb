from aurl_core.corpus.pieces import plans_of, scores_at, stored_pieces

from .conftest import tune


def test_pieces_are_known_by_their_set_and_place(write_parsed):
    sets = stored_pieces(write_parsed({name: tune(seed) for seed, name in enumerate("abc")}, 160))
    assert [[(piece.path, piece.file.name, piece.place) for piece in pieces] for pieces in sets] == [
        [("a.mid", "pieces-00000.parquet", 0), ("b.mid", "pieces-00000.parquet", 1)],
        [("c.mid", "pieces-00001.parquet", 0)],
    ]
    assert sets[0][0].num_notes == 80


def test_their_scores_come_in_the_order_asked_for(write_parsed):
    (a, b), (c,) = stored_pieces(write_parsed({name: tune(seed) for seed, name in enumerate("abc")}, 160))
    found = list(scores_at([c, b, a]))
    assert [row["title"] for row, _ in found] == ["c", "b", "a"]
    assert all(score.equals(tune(seed)) for seed, (_, score) in zip((2, 1, 0), found, strict=True))


def test_a_set_that_was_written_anew_is_read_anew(write_parsed):
    [[piece]] = stored_pieces(write_parsed({"a": tune(1)}))
    assert next(scores_at([piece]))[1].equals(tune(1))
    [[again]] = stored_pieces(write_parsed({"a": tune(2)}))
    assert next(scores_at([again]))[1].equals(tune(2))


def test_the_content_hash_changes_with_the_music_alone(write_parsed):
    before = stored_pieces(write_parsed({"a": tune(1), "b": tune(2)}))[0]
    after = stored_pieces(write_parsed({"a": tune(1), "b": tune(3)}))[0]
    assert before[0].content_hash == after[0].content_hash
    assert before[1].content_hash != after[1].content_hash


def test_a_set_makes_a_set_of_the_same_number(write_parsed):
    sets = stored_pieces(write_parsed({name: tune(seed) for seed, name in enumerate("abc")}, 160))
    plans = plans_of(sets, key=lambda piece: piece.path)
    assert [(plan.number, plan.keys) for plan in plans] == [(0, ["a.mid", "b.mid"]), (1, ["c.mid"])]
