"""The page of a training: curves that grow, a sample to hear, alerts, and nothing asked of the network."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Page, expect

from aurl_core.parsing.params import ParseParams
from aurl_core.rendering.midi import write_midi
from tasks.watching.answers import Answers
from tasks.watching.server import running_page

CHROMIUM = shutil.which("chromium")
expect.set_options(timeout=30_000)  # of a busy machine
pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on PATH: install Debian's package to run browser tests"),
]

MACHINE = {"memory_bytes": 8e8, "gpu_memory_bytes": None, "gpu_utilization": None}


def moment(step: int) -> dict[str, object]:
    """A step of 1,000 tokens, of a hundred."""
    rates = {"learning_rate": 0.01, "gradient_norm": 1.0, "tokens_per_second": 5000.0, "samples_per_second": 20.0}
    corpus = {"epoch": step / 50, "num_files": 12, "num_versions": 18, "loading_share": 0.01}
    tokens = {"tokens_seen": 1000 * step, "num_tokens": 100_000, "step": step, "num_steps": 100}
    return {"kind": "moment", "at": 1e9 + step, **tokens, **corpus, **rates, **MACHINE, "losses": {"kl": 5 / step}}


@pytest.fixture
def tell(tmp_path: Path) -> Callable[..., None]:
    """A function that adds lines to the events of a training by this very process."""
    file = tmp_path / "abc" / "events.jsonl"
    file.parent.mkdir()

    def add(*events: dict[str, object]) -> None:
        with file.open("a") as lines:
            lines.writelines(json.dumps(event) + "\n" for event in events)

    started = psutil.Process().create_time()
    add({"kind": "begin", "at": 1e9, "run": "abc", "pid": os.getpid(), "pid_started": started, "settings": {"seed": 7}})
    return add


@pytest.fixture
def address(tmp_path: Path, make_piece) -> Iterator[str]:
    """Of the page, with one sample to hear."""
    sketches = tmp_path / "abc" / "sketches"
    sketches.mkdir(parents=True)
    (sketches / "000000010000-0.mid").write_bytes(write_midi(make_piece(1, num_beats=8)))
    parse = ParseParams(
        repair=True, overlaps="fifo", min_tempo_bpm=5, max_tempo_bpm=1000, max_file_mb=64, mb_per_shard=2
    )
    with running_page(Answers(tmp_path, parse), []) as found:
        yield found


def test_curves_grow_while_it_trains(tell, address: str, page: Page) -> None:
    validation = {"kind": "figures", "at": 1e9, "tokens_seen": 20_000, "figures": {"validation_bits_per_note": 6.5}}
    heard = {"kind": "figures", "at": 1e9, "tokens_seen": 20_000, "figures": {"sample_quality": 0.25}}
    tell(*map(moment, range(1, 21)), validation, heard, *map(moment, range(21, 40)))
    page.goto(address)
    expect(page.get_by_role("heading", name="A model is learning")).to_be_visible()
    expect(page.get_by_role("progressbar")).to_have_js_property("value", 0.39)
    expect(page.locator('[data-chart="loss-kl"] .scatterlayer path.js-line').first).to_be_visible()
    expect(page.locator('[data-chart="bits"] output')).to_have_text("6.5")
    expect(page.locator("#quality output")).to_have_text("0.25")

    tell(*map(moment, range(40, 61)), {"kind": "alert", "at": 1e9, "code": "x", "text": "memory grows"})

    expect(page.get_by_role("progressbar")).to_have_js_property("value", 0.6)
    expect(page.locator("#alerts")).to_contain_text("memory grows")


def test_a_run_that_went_on_after_a_kill_shows_what_it_did_last(tell, address: str, page: Page) -> None:
    tell(*map(moment, range(1, 60)), *map(moment, range(20, 31)), {"kind": "end", "at": 1e9, "status": "killed"})
    page.goto(address)

    expect(page.get_by_role("heading", name="The training was stopped")).to_be_visible()
    expect(page.get_by_role("progressbar")).to_have_js_property("value", 0.3)


def test_a_sample_plays(tell, address: str, page: Page) -> None:
    tell(moment(10))
    page.goto(address)
    player = page.locator("audio")
    seconds = player.evaluate(
        "p => new Promise((done, fail) => { p.onloadedmetadata = () => done(p.duration);"
        "p.onerror = () => fail(p.error.message); p.preload = 'auto'; p.load(); })"
    )
    assert seconds > 2
    page.locator(".sample img").scroll_into_view_if_needed()
    expect(page.locator(".sample img")).to_have_js_property("complete", True)
    assert page.locator(".sample img").evaluate("picture => picture.naturalWidth") > 0


@pytest.mark.parametrize("width", [390, 1280])
def test_it_fits_a_phone_and_a_desk_and_stays_on_this_machine(tell, address: str, page: Page, width: int) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    tell(*map(moment, range(1, 40)))
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(address)

    expect(page.locator(".chart")).to_have_count(6)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert [url for url in asked if not url.startswith((address, "data:"))] == []
