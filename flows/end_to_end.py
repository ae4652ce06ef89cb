"""The whole pipeline, from files of music to new pieces, a report and a model bundle."""

from prefect import flow

from tasks.pipeline import STAGES
from tasks.reproduce import RunSettings, reproduce_all, run_by_hand


@flow(name="end-to-end")
def end_to_end(settings: RunSettings = RunSettings()) -> list[str]:  # noqa: B008
    """Every stage in order; what is up to date is not run again."""
    return reproduce_all(STAGES, settings)


if __name__ == "__main__":
    run_by_hand(end_to_end)
