from aurl_core.random_streams import stream


def draw(*what):
    return stream(*what).integers(1 << 60, size=4).tolist()


def test_same_use_draws_the_same_numbers():
    assert draw(1, "generate", 2) == draw(1, "generate", 2)


def test_seed_name_and_index_each_make_another_stream():
    uses = [(1, "generate", 0), (2, "generate", 0), (1, "train", 0), (1, "generate", 1)]
    assert len({tuple(draw(*use)) for use in uses}) == len(uses)


def test_numbers_are_those_of_every_machine():
    assert stream(2026, "generate").integers(1000, size=3).tolist() == [892, 853, 960]
