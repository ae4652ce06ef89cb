"""The pages that a person looks at, in a real Chromium: the report, MLflow's and Prefect's."""

from __future__ import annotations

import re
import shutil
import signal
from collections.abc import Iterator
from urllib.parse import urljoin

import pytest
from playwright.sync_api import Page, expect

from tests.pipeline import Pipeline

CHROMIUM = shutil.which("chromium")
PATIENCE_MILLISECONDS = 60_000

pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on PATH: install Debian's package to run browser tests"),
]


@pytest.fixture(scope="module")
def trained_twice(pipeline: Pipeline, tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    """A copy in which a second pipeline run trained with another learning rate."""
    copy = pipeline.copied(tmp_path_factory.mktemp("compared"), "-S", "train.optimizer.learning_rate=0.00321")
    copy.repro("train")
    return copy


@pytest.fixture(scope="module")
def links(trained_twice: Pipeline) -> Iterator[dict[str, str]]:
    """The links that `aurl ui` prints, by the name before them, while it runs; Ctrl-C must end it well."""
    running = trained_twice.start("tasks.cli", "ui")
    assert running.stdout is not None
    found: dict[str, str] = {}
    for line in running.stdout:
        if link := re.match(r"(Prefect|MLflow).*(http://127\.0\.0\.1:\d+\S*)", line):
            found[link[1]] = link[2]
        if line.startswith("Ctrl-C"):
            break
    yield found
    running.send_signal(signal.SIGINT)
    running.communicate(timeout=60)
    assert running.returncode == 0


def test_the_report_plays_and_asks_nothing_of_the_network(pipeline: Pipeline, page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto((pipeline.root / "reports/evaluate/index.html").as_uri())
    expect(page.locator("audio")).to_have_count(3)
    lengths = page.locator("audio").evaluate_all(
        "players => Promise.all(players.map(p => new Promise((done, fail) => {"
        "p.onloadedmetadata = () => done(p.duration); p.onerror = () => fail(p.error.message);"
        "p.preload = 'auto'; p.load(); })))"
    )
    assert all(seconds > 0.5 for seconds in lengths)
    assert [url for url in asked if url.startswith("http")] == []


@pytest.mark.parametrize("width", [390, 1280])
def test_the_report_fits_the_width_of_a_phone_and_of_a_desk(pipeline: Pipeline, page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto((pipeline.root / "reports/evaluate/index.html").as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("td.picture").first.evaluate("cell => cell.clientWidth") >= 200


def test_mlflow_shows_the_run_of_the_pipeline(links: dict[str, str], page: Page) -> None:
    page.goto(links["MLflow"])
    run = page.get_by_role("gridcell", name=re.compile("pipeline")).first
    expect(run).to_be_visible(timeout=PATIENCE_MILLISECONDS)


def test_mlflow_compares_two_pipelines_by_their_settings(links: dict[str, str], page: Page) -> None:
    page.goto(links["MLflow"])
    boxes = page.get_by_label("toggle row selection")
    expect(boxes).to_have_count(2, timeout=PATIENCE_MILLISECONDS)
    for box in boxes.all():
        box.check()
    page.get_by_role("button", name="Compare").click()
    settings = page.get_by_role("row", name=re.compile(r"train\.optimizer\.learning_rate"))
    expect(settings).to_contain_text("0.00321", timeout=PATIENCE_MILLISECONDS)


def test_prefect_offers_the_whole_pipeline_as_a_deployment(links: dict[str, str], page: Page) -> None:
    page.goto(urljoin(links["Prefect"], "/deployments"))
    expect(page.get_by_text("end-to-end").first).to_be_visible(timeout=PATIENCE_MILLISECONDS)
