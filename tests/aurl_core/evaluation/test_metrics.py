import numpy as np

from aurl_core.evaluation.memorization import known_windows, window_hashes
from aurl_core.evaluation.metrics import metrics
from aurl_core.score.score import Score


def test_every_metric_measures_a_piece_and_bears_an_empty_one(params, make_piece):
    for metric in metrics(params, known=np.zeros(0, np.uint64)):
        assert np.isfinite(metric.measure(make_piece(3)))
        assert not metric.measure(Score(24)) > 0


def test_names_are_unique_and_sentences_end(params):
    listed = metrics(params, known=np.zeros(0, np.uint64))
    assert len({metric.name for metric in listed}) == len(listed)
    assert all(metric.sentence.endswith(".") for metric in listed)


def test_groove_names_its_grid(params):
    titles = {metric.name: metric.title for metric in metrics(params, known=np.zeros(0, np.uint64))}
    assert titles["groove_consistency"] == "Groove consistency, 4 positions a beat"


def test_copies_are_found_with_the_windows_of_the_settings(params, make_piece):
    known = known_windows([window_hashes(make_piece(3), window_beats=4, window_notes=4)])
    copied = {metric.name: metric.measure for metric in metrics(params, known=known)}["copied_share"]
    assert copied(make_piece(3)) == 1
    assert copied(make_piece(4)) == 0
