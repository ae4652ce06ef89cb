"""What a training tells arrives at the log, the events, and as the tags and curves of its run."""

import json
import logging
from pathlib import Path

import pytest
from mlflow import MlflowClient

from tasks.experiment import PARENT_TAG, connect
from tasks.params import Params, TrackingParams
from tasks.pipeline import Declaration
from tasks.tracking import StageRun, stage_run
from tasks.watching.events import read_events
from tasks.watching.watch import live_figures, state_line, watching

TRAIN = Declaration("train", deps=(), params=("train",), outs=(), is_always_changed=False)
TRACKING = TrackingParams(experiment="aurl", model_name="aurl")


def kinds(run: Path) -> list[str]:
    return [event["kind"] for event in read_events(run / "events.jsonl")[0]]


def test_a_line_of_the_log_says_it_all_and_so_do_its_fields(tmp_path, moment, machine, caplog) -> None:
    (tmp_path / "sketches").mkdir()
    (tmp_path / "sketches" / "000000040960-0.mid").touch()
    caplog.set_level(logging.INFO)

    with watching(tmp_path, TRACKING, {}) as watch:
        watch.moment(moment())

    (record,) = (one for one in caplog.records if one.name == "tasks.watching.watch")
    for part in ("epoch 1.50, batch 40/160", "kl 0.125", "files: 12 (augmented: 18)", "memory: ", "000000040960-0.mid"):
        assert part in record.getMessage()
    assert record.fields["losses"] == {"plain_cross_entropy": 2.5, "kl": 0.125}
    json.dumps(record.fields)


@pytest.mark.parametrize(("error", "status"), [(KeyboardInterrupt, "killed"), (ValueError, "failed")])
def test_the_events_say_how_it_ended(tmp_path, error, status) -> None:
    with pytest.raises(error), watching(tmp_path, TRACKING, {}):
        raise error

    first, last = read_events(tmp_path / "events.jsonl")[0]
    assert (first["kind"], first["run"], last["status"]) == ("begin", tmp_path.name, status)


def test_an_anomaly_is_an_event_and_a_tag_and_its_curves_are_in_the_run(
    root: Path, params: Params, moment, machine
) -> None:
    run = root / "run"
    run.mkdir()
    with stage_run(StageRun(TRAIN, ("train",), params, root)) as stage:
        stage.open()
        with watching(run, TRACKING, {"train": {"batch_size": 4}}) as watch:
            watch.moment(moment())
            watch.figures({"validation_nats_per_token": 2.0}, 40_960)
            logging.getLogger("aurl_core.training.health").warning("the gradient of step %d is not finite", 7)

    assert kinds(run) == ["begin", "moment", "figures", "alert", "end"]
    client, experiment = connect("aurl", root)
    child = next(one for one in MlflowClient.search_runs(client, [experiment]) if PARENT_TAG in one.data.tags)
    assert child.data.tags["alert.the_gradient_of_step_is_not_finite"] == "the gradient of step 7 is not finite"
    assert {"losses/kl": 0.125, "steps/gradient_norm": 0.75}.items() <= child.data.metrics.items()
    assert child.data.metrics["validation_nats_per_token"] == 2.0


def test_what_is_not_there_is_no_curve(moment, machine) -> None:
    names = live_figures(moment(gradient_norm=None), machine()).keys()

    assert not {"steps/gradient_norm", "machine/gpu_memory_bytes"} & names


def test_a_line_names_the_gpu_where_there_is_one(moment, machine) -> None:
    line = state_line(moment(), machine(gpu_memory_bytes=3_000_000_000), None)

    assert "memory: 800 MB, GPU 3000 MB | sample: none yet" in line
