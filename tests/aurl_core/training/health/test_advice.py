from dataclasses import replace

import pytest

from aurl_core.losses.history import LossHistory
from aurl_core.training.callbacks.curve import Point
from aurl_core.training.figures import Likelihood
from aurl_core.training.health import advice
from aurl_core.training.health.advice import Course
from aurl_core.training.health.events import Event, Health

BIGRAM = Likelihood(nats=300.0, num_tokens=100, num_notes=40)


def course_of(nats, *, train=None, samples=None, norms=(), troubles=()) -> Course:
    """One with these nats/token of validation, after a thousand tokens each."""
    learnt = train or nats
    points = [
        Point(
            tokens=1000 * (number + 1),
            train_nats_per_token=learnt[number],
            validation_nats_per_token=value,
            validation_bits_per_note=6.0,
        )
        for number, value in enumerate(nats)
    ]
    if samples:
        points[-1]["samples"] = samples
    gradients = LossHistory.of({"gradient_norm": list(enumerate(norms))})
    validation = Likelihood(nats=nats[-1] * 100, num_tokens=100, num_notes=40)
    return Course(points, validation, BIGRAM, Health(list(troubles), gradients), clip_norm=1.0)


SOUND = course_of([2.0, 1.5, 1.495], norms=[0.5] * 50)
BACK = Event(step=7, trouble="non_finite", value=None, action="rolled back", back_to_step=4, rate_scale=0.25)


def test_a_sound_training_is_given_no_advice():
    assert advice.advice(SOUND) == []


@pytest.mark.parametrize(
    ("rule", "course", "said"),
    [
        (advice.minimum_was_earlier, course_of([2.0, 1.5, 1.7]), "lowest after 2,000 tokens (1.500 nats/token)"),
        (advice.still_fell, course_of([2.0, 1.5, 1.2]), "by 20.0% in the last interval"),
        (advice.gap_is_wide, course_of([2.0, 1.5], train=[2.0, 1.0]), "1.000 nats/token, what it never saw with 1.500"),
        (advice.is_no_better_than_counting, course_of([3.5, 2.9]), "2.900 nats/token, a table"),
        (advice.gradients_were_clipped, course_of([2.0], norms=[8.0] * 9 + [0.5]), "90% of the gradients"),
        (advice.gradients_spiked, course_of([2.0], norms=([1.0, 1.1] * 30 + [50.0]) * 6), "leapt 6 times in 366 steps"),
        (advice.it_went_wrong, course_of([2.0], troubles=[BACK]), "1 time(s) and ended at 0.25 of"),
        (advice.samples_loop, course_of([2.0], samples={"sample_repeated_bar_rate": 0.1}), "agreement 0.10"),
        (
            advice.samples_are_off,
            course_of([2.0], samples={"sample_consonance": 0.2}),
            "unlike real pieces in consonance 0.20",
        ),
    ],
)
def test_each_rule_speaks_of_its_case_and_of_no_sound_training(rule, course, said):
    assert said in rule(course)
    assert rule(SOUND) is None


def test_without_a_bigram_nothing_is_compared_with_it():
    assert advice.is_no_better_than_counting(replace(course_of([3.5, 2.9]), bigram=None)) is None


def test_the_most_pressing_comes_first():
    found = advice.advice(course_of([2.0, 1.5, 1.7], troubles=[BACK]))
    assert found[0].startswith("It was sent back")
    assert len(found) == 2
