"""`python -m flows.deployments`: offer every flow in the Prefect UI, and run here what is started there."""

from typing import Any

from prefect import Flow, serve
from prefect.deployments.runner import RunnerDeployment

from flows.build_corpus import build_corpus
from flows.end_to_end import end_to_end
from flows.generate_music import generate_music
from flows.release_model import release_model
from flows.run_studies import run_studies
from flows.train_model import train_model
from flows.tune_model import tune_model

FLOWS: tuple[Flow[..., Any], ...] = (
    end_to_end,
    build_corpus,
    run_studies,
    train_model,
    tune_model,
    generate_music,
    release_model,
)


def main() -> None:
    """Serve until interrupted."""
    serve(*map(deployment, FLOWS), limit=2)


def deployment(flow: Flow[..., Any]) -> RunnerDeployment:
    """A flow as it appears in the UI; its form is made from its settings."""
    made = flow.to_deployment(name=flow.name)
    assert isinstance(made, RunnerDeployment)
    return made


if __name__ == "__main__":
    main()
