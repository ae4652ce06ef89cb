"""From the corpus to good settings of a training: many short trainings, and a page about them."""

from prefect import flow

from tasks.reproduce import RunSettings, reproduce_all, run_by_hand, run_command


@flow(name="tune-model")
def tune_model(settings: RunSettings = RunSettings()) -> list[str]:  # noqa: B008
    """Search among settings as the section tune says; the corpus is brought up to date first."""
    return [*reproduce_all(["shard"], settings), run_command("tune")]


if __name__ == "__main__":
    run_by_hand(tune_model)
