"""Warnings about the training become alerts, the same one seldom."""

import logging

import pytest

from tasks.watching.alerts import Alert, AlertDesk, Patience


@pytest.fixture
def alerts():
    """The alerts that log records become meanwhile."""
    found: list[Alert] = []
    desk = AlertDesk([found.append])
    logging.getLogger().addHandler(desk)
    yield found
    logging.getLogger().removeHandler(desk)


def test_a_warning_of_the_training_is_an_alert(alerts) -> None:
    logging.getLogger("aurl_core.training.health").warning("the loss %s is nan", "kl")

    assert [(one.level, one.code, one.text) for one in alerts] == [
        ("WARNING", "the loss kl is nan", "the loss kl is nan")
    ]


def test_what_others_say_and_what_is_no_warning_is_none(alerts) -> None:
    logging.getLogger("mlflow").warning("slow")
    logging.getLogger("aurl_core.training").info("fine")

    assert alerts == []


def test_the_same_with_other_numbers_is_told_once(alerts) -> None:
    for step, what in ((7, "loss"), (8, "loss"), (8, "norm")):
        logging.getLogger("aurl_core.training").warning("%s", f"step {step}: the {what} is {step / 3:.3e}")

    assert [one.code for one in alerts] == ["step : the loss is ", "step : the norm is "]


def test_the_same_code_is_told_once(alerts) -> None:
    for text in ("1 GB", "2 GB"):
        logging.getLogger("tasks.watching").warning(text, extra={"fields": {"alert": "memory_grows"}})

    assert [one.text for one in alerts] == ["1 GB"]


def test_patience_ends() -> None:
    patience = Patience(seconds=10, clock=iter([0.0, 9.0, 10.0]).__next__)

    assert [patience.allows("x") for _ in range(3)] == [True, False, True]
