import pytest

from aurl_core.training.callbacks.live import Moment, Pace
from aurl_core.training.trainer import fit


@pytest.fixture
def told(make_recipe, small_corpus, tmp_path) -> list[Moment]:
    """The moments of a training of two intervals, each of four steps; less than a second of work tells the last."""
    moments: list[Moment] = []
    fit(
        make_recipe(),
        small_corpus,
        checkpoints=tmp_path / "run",
        cache=tmp_path / "cache",
        progress=lambda done, total: None,
        live=moments.append,
    )
    return moments


def test_the_last_moment_is_the_end(told):
    last = told[-1]
    assert (last.step, last.num_steps, last.tokens_seen, last.num_tokens) == (8, 8, 1024, 1024)
    assert last.losses.keys() == {"plain_cross_entropy"}
    assert 0 < last.learning_rate <= 0.01
    assert last.gradient_norm > 0


def test_a_moment_says_how_often_the_corpus_was_shown(told):
    last = told[-1]
    assert last.num_files == 8
    assert last.num_versions == round(last.epoch * 8)


def test_a_pace_leaves_validations_out_and_tells_waiting_from_learning():
    """The clock says 10 when a batch is awaited, 11 when it is there, 14 when it is learned; then a validation."""
    pace = Pace(clock=iter([10.0, 11.0, 14.0, 90.0, 90.5, 91.0]).__next__)
    for _ in range(2):
        pace.resume()
        pace.has_batch()
        pace.has_learned()
    assert (pace.steps, pace.seconds, pace.waited) == (2, 5.0, 1.5)
