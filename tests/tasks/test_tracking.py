"""What the MLflow run of a stage holds, and how it ends."""

import json
from pathlib import Path
from typing import ClassVar

import pytest
from mlflow import MlflowClient
from mlflow.entities import Run

from tasks.experiment import PARENT_TAG, connect
from tasks.lineage import content_hash
from tasks.params import Params
from tasks.pipeline import Declaration
from tasks.stage import StageReport
from tasks.timings import measured
from tasks.tracking import StageRun, live_metrics, stage_run

PARSE = Declaration(
    "parse",
    deps=(Path("aurl_core/parsing"), Path("data/raw")),
    params=("parse",),
    outs=(Path("data/parsed"), Path("reports/parse.json")),
    is_always_changed=False,
)


class ToyReport(StageReport):
    num_pieces: int
    is_full: bool = True
    by_reason: dict[str, int] = {"empty": 2}  # noqa: RUF012
    rates: ClassVar = ("num_pieces",)


@pytest.fixture
def repository(root: Path) -> Path:
    """The root with what the stage reads and writes."""
    for name in ("data/raw/a", "data/parsed/b", "reports/parse.json", "reports/parse/page.html"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)
    (root / "params.yaml").write_text("seed: 1\n")
    (root / "dvc.lock").write_text("stages:\n  ingest:\n    outs:\n    - {path: data/raw, hash: md5, md5: aaa.dir}\n")
    return root


def tracked(run: StageRun) -> None:
    """Run a stage that measures three pieces and shows one curve."""
    with stage_run(run), measured() as meter:
        run.begin()
        live_metrics({"loss": 3.0}, 1)
        live_metrics({"loss": 2.0}, 2)
    with stage_run(run):
        report = ToyReport(num_pieces=3)
        run.record(report, meter.timings("parse", report))


def stored(client: MlflowClient, experiment: str) -> tuple[Run, Run]:
    """The child and the parent."""
    runs = client.search_runs([experiment])
    return next(r for r in runs if PARENT_TAG in r.data.tags), next(r for r in runs if PARENT_TAG not in r.data.tags)


def test_a_run_holds_settings_figures_and_curves(repository: Path, params: Params) -> None:
    run = StageRun(PARSE, ("parse", "seed"), params, repository)

    tracked(run)

    client, experiment = connect("aurl", repository)
    child, parent = stored(client, experiment)
    assert child.data.params["parse.max_file_mb"] == str(params.parse.max_file_mb)
    assert child.data.params["seed"] == str(params.seed)
    assert {"num_pieces": 3.0, "by_reason.empty": 2.0}.items() <= child.data.metrics.items()
    assert parent.data.metrics["parse.num_pieces"] == 3.0
    assert parent.data.params == child.data.params
    assert parent.data.tags["dvc.lock"] == child.data.tags["dvc.lock"]
    assert [point.value for point in client.get_metric_history(child.info.run_id, "loss")] == [3.0, 2.0]
    assert "is_full" not in child.data.metrics


def test_a_run_names_the_data_it_read_and_wrote_by_their_hashes(repository: Path, params: Params) -> None:
    tracked(StageRun(PARSE, ("parse",), params, repository))

    child, _ = stored(*connect("aurl", repository))
    hashes = {entry.dataset.name: (entry.dataset.digest, entry.tags[0].value) for entry in child.inputs.dataset_inputs}
    assert hashes == {
        "data/raw": ("aaa.dir", "input"),
        "data/parsed": (content_hash(repository / "data/parsed"), "output"),
        "reports/parse.json": (content_hash(repository / "reports/parse.json"), "output"),
    }


def test_a_run_keeps_the_report_and_its_pages(repository: Path, params: Params) -> None:
    tracked(StageRun(PARSE, ("parse",), params, repository))

    client, experiment = connect("aurl", repository)
    child, _ = stored(client, experiment)
    assert [file.path for file in client.list_artifacts(child.info.run_id)] == [
        "manifest",
        "parse.json",
        "report",
    ]


def test_a_run_keeps_all_that_went_in(repository: Path, params: Params, tmp_path: Path) -> None:
    tracked(StageRun(PARSE, ("parse",), params, repository))

    client, experiment = connect("aurl", repository)
    child, _ = stored(client, experiment)
    kept = Path(client.download_artifacts(child.info.run_id, "manifest", str(tmp_path)))
    assert (kept / "params.yaml").read_text() == "seed: 1\n"
    assert json.loads((kept / "manifest.json").read_text())["inputs"] == {"data/raw": "aaa.dir"}


@pytest.mark.parametrize(
    ("error", "status"), [(ValueError, "FAILED"), (KeyboardInterrupt, "KILLED"), (SystemExit, "KILLED")]
)
def test_child_and_parent_are_closed_however_the_stage_ends(
    repository: Path, params: Params, error: type[BaseException], status: str
) -> None:
    with pytest.raises(error), stage_run(StageRun(PARSE, ("parse",), params, repository)) as run:
        run.begin()
        raise error

    child, parent = stored(*connect("aurl", repository))
    assert [child.info.status, parent.info.status] == [status, status]
    assert child.info.end_time >= child.info.start_time


def test_a_stage_that_never_opens_its_run_leaves_none(repository: Path, params: Params) -> None:
    with stage_run(StageRun(PARSE, ("parse",), params, repository)):
        live_metrics({"loss": 1.0}, 1)

    client, experiment = connect("aurl", repository)
    assert client.search_runs([experiment]) == []


def test_tracking_that_is_turned_off_stores_nothing(repository: Path, params: Params) -> None:
    off = params.model_copy(update={"tracking": params.tracking.model_copy(update={"is_enabled": False})})

    tracked(StageRun(PARSE, ("parse",), off, repository))

    client, experiment = connect("aurl", repository)
    assert client.search_runs([experiment]) == []


def test_a_store_that_cannot_be_used_is_a_warning(
    repository: Path, params: Params, caplog: pytest.LogCaptureFixture
) -> None:
    (repository / ".mlflow" / "mlflow.db").write_text("no database")

    tracked(StageRun(PARSE, ("parse",), params, repository))

    assert caplog.text.count("MLflow could not open a run; the stage itself goes on") == 1
