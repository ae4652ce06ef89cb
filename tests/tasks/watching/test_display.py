"""What stands on a terminal while a model trains, and that anywhere else there are plain lines."""

import io
import time

import pytest
from rich.console import Console

from tasks.watching.alerts import Alert
from tasks.watching.display import display, screen


@pytest.fixture
def console() -> Console:
    return Console(file=io.StringIO(), force_terminal=True, width=110, color_system=None)


def test_a_terminal_shows_progress_pace_memory_losses_and_validation(console, moment, machine) -> None:
    with screen("train", console) as shown:
        shown.go(40, 160)
        shown.live(moment(), machine(gpu_memory_bytes=3_000_000_000, gpu_utilization=0.5))
        shown.figures({"validation_bits_per_note": 6.5, "train_nats_per_token": 1.0}, 40_960)
        shown.figures({"validation_bits_per_note": 7.0}, 81_920)
        shown.figures({"gradient_norm": 1.0}, 90_000)
        console.print(shown.render())

    text = " ".join(console.file.getvalue().split())
    for part in (
        "40/160",
        "left",
        "9,000 tokens/s · 36.0 samples/s",
        "0.80 GB RAM · 3.0 GB GPU memory · GPU 50% busy",
        "epoch 1.50 · learning rate 0.005 · gradient norm 0.75",
        "plain_cross_entropy 2.5 · kl 0.125",
        "after 81,920 tokens · bits/note 7.000 (best 6.500)",
    ):
        assert part in text


def test_an_alert_stays_for_a_minute(console) -> None:
    with screen("train", console) as shown:
        shown.alert(Alert(time.time(), "WARNING", "slower", "something slows it down"))
        console.print(shown.render())
        shown.alert(Alert(time.time() - 61, "WARNING", "disk_low", "long gone"))
        console.print(shown.render())

    assert "something slows it down" in console.file.getvalue()
    assert "long gone" not in console.file.getvalue()


def test_elsewhere_there_are_plain_lines(capsys: pytest.CaptureFixture[str], moment, machine) -> None:
    with display("train") as shown:
        shown.go(1, 2)
        shown.live(moment(), machine())
        shown.go(2, 2)

    assert capsys.readouterr().out.splitlines() == ["PROGRESS 1/2 train", "PROGRESS 2/2 train"]
