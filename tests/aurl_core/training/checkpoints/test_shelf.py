import json

import pytest

from aurl_core.errors import InputError
from aurl_core.sums import write_sums

HARMS = {
    "a bit": lambda folder: (folder / "state.ckpt").write_text("stete 3"),
    "cut off": lambda folder: (folder / "state.ckpt").write_text(""),
    "gone": lambda folder: (folder / "state.ckpt").unlink(),
    "record": lambda folder: (folder / "checkpoint.json").write_text("{"),
    "sums": lambda folder: (folder / "SHA256SUMS").unlink(),
}


def steps(shelf) -> list[int]:
    return sorted(int(path.name.removeprefix("step-")) for path in shelf.folder.iterdir())


def test_the_newest_is_gone_on_from(make_shelf):
    with make_shelf({1: None, 2: 3.0, 10: None}).resumed() as state:
        assert state.read_text() == "state 10"


@pytest.mark.parametrize("harm", HARMS.values(), ids=HARMS.keys())
def test_a_damaged_one_is_passed_over_and_named(make_shelf, caplog, harm):
    shelf = make_shelf({1: None, 2: None, 3: None})
    harm(shelf.place(3))
    assert shelf.newest().record.step == 2
    assert "step-000000003 is passed over" in caplog.text


def test_without_an_unharmed_one_it_begins_at_the_beginning(make_shelf, caplog):
    shelf = make_shelf({1: None, 2: None})
    for step in (1, 2):
        HARMS["a bit"](shelf.place(step))
    with shelf.resumed() as state:
        assert state is None
    assert "the training starts from its beginning" in caplog.text
    assert caplog.text.count("is passed over: state.ckpt is damaged") == 2


def test_a_run_that_is_new_says_nothing(make_shelf, caplog):
    with make_shelf({}).resumed() as state:
        assert (state, caplog.text) == (None, "")


def test_another_format_is_refused_not_passed_over(make_shelf):
    shelf = make_shelf({1: None, 2: None})
    file = shelf.place(2) / "checkpoint.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"format_version": 0}))
    write_sums(shelf.place(2))
    with pytest.raises(InputError, match="format_version 0"):
        shelf.newest()


@pytest.mark.parametrize(
    ("settings", "kept"),
    [
        ({}, [2, 5, 6]),
        ({"keep_last": 1}, [2, 6]),
        ({"keep_last": 3, "keep_best": 2}, [2, 4, 5, 6]),
        ({"keep_last": 1, "keep_every_tokens": 25}, [2, 3, 5, 6]),
    ],
)
def test_what_is_asked_for_is_kept(make_shelf, settings, kept):
    shelf = make_shelf({1: None, 2: 3.0, 3: None, 4: 3.5, 5: None, 6: 4.0}, **settings)
    shelf.tidy(6)
    assert steps(shelf) == kept


def test_tidied_leg_by_leg_the_same_are_kept(make_shelf):
    perplexities = {1: 5.0, 2: None, 3: 4.0, 4: None, 5: 6.0, 6: None}
    for step, perplexity in perplexities.items():
        shelf = make_shelf({step: perplexity}, keep_every_tokens=20)
        shelf.tidy(step)
    assert steps(shelf) == [2, 3, 4, 5, 6]


def test_what_lies_beyond_is_of_a_former_try_and_never_counts_as_newest(make_shelf):
    shelf = make_shelf({1: None, 2: None, 3: None}, keep_last=1)
    HARMS["a bit"](shelf.place(3))
    shelf.tidy(2)
    assert steps(shelf) == [2]
    assert shelf.newest().record.step == 2


def test_the_best_is_the_likeliest_that_is_unharmed(make_shelf):
    shelf = make_shelf({1: 5.0, 2: 3.0, 3: 3.0, 4: 4.0, 5: None})
    assert shelf.best().record.step == 2
    HARMS["a bit"](shelf.place(2))
    assert shelf.best().record.step == 3


def test_without_what_the_score_weighs_none_is_best(make_shelf):
    with pytest.raises(InputError, match=r"train\.num_samples above 0"):
        make_shelf({1: 5.0}, score={"quality": 1}).best()
