"""What it costs a training to be watched: the time that its process spends on showing a moment, of which there is one a
second, to everybody at once: the log, the events, MLflow, TensorBoard and Weights & Biases.

    python -m benchmarks.watching
"""

from __future__ import annotations

import argparse
import logging
import os
import tempfile
import time
from pathlib import Path
from statistics import median

from aurl_core.training.callbacks.live import Moment
from tasks.environment import set_up
from tasks.logs import set_up_logs
from tasks.params import TrackingParams, load_params
from tasks.pipeline import Declaration
from tasks.tracking import StageRun, stage_run
from tasks.watching.watch import watching

PARTS = {
    "log, events and MLflow": ("mlflow",),
    "and TensorBoard": ("mlflow", "tensorboard"),
    "and W&B": ("mlflow", "tensorboard", "wandb"),
}


def moment(step: int, num_steps: int) -> Moment:
    """One of a training with four losses."""
    return Moment(
        step=step,
        num_steps=num_steps + 1,
        tokens_seen=1024 * step,
        num_tokens=1024 * num_steps,
        epoch=step / 100,
        num_files=324,
        num_versions=3 * step,
        losses=dict.fromkeys(("plain_cross_entropy", "kl", "rhythm", "harmony"), 1 / step),
        learning_rate=0.005,
        gradient_norm=1.0,
        tokens_per_second=9000.0,
        samples_per_second=36.0,
        loading_share=0.02,
    )


def milliseconds(loggers: tuple[str, ...], root: Path, *, num_moments: int) -> tuple[float, float]:
    """Processor time of this process for a moment: median, and mean, in which batches that are sent count too."""
    tracking = TrackingParams(experiment="aurl", model_name="aurl", loggers=loggers)
    declaration = Declaration("train", deps=(), params=("train",), outs=(), is_always_changed=False)
    run = root / ".aurl" / "checkpoints" / "-".join(loggers)
    run.mkdir(parents=True, exist_ok=True)
    spent = []
    with stage_run(StageRun(declaration, ("train",), load_params(), root)) as stage:
        stage.open()
        with watching(run, tracking, {"seed": 1}) as watch:
            for step in range(1, num_moments + 1):
                began = time.process_time()
                watch.moment(moment(step, num_moments))
                spent.append(1000 * (time.process_time() - began))
                time.sleep(0.02)
    return median(spent), sum(spent) / len(spent)


def main() -> None:
    """Print a table; everything is written to a temporary folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--moments", type=int, default=300)
    count = parser.parse_args().moments
    params = Path("params.yaml").read_text()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "params.yaml").write_text(params)
        set_up(root)
        set_up_logs(root / ".aurl" / "logs", "train")
        logging.getLogger().handlers[0].setLevel(logging.ERROR)
        print("| told to | median, ms a moment | mean, ms | share of a second |\n|---|---:|---:|---:|", flush=True)
        for name, loggers in PARTS.items():
            usual, mean = milliseconds(loggers, root, num_moments=count)
            print(f"| {name} | {usual:.2f} | {mean:.2f} | {mean / 10:.2f} % |", flush=True)
        os.chdir("/")


if __name__ == "__main__":
    main()
