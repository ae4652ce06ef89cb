"""From a trained model to its evaluation and the bundle to give away."""

from prefect import flow

from tasks.reproduce import RunSettings, reproduce_all, run_by_hand


@flow(name="release-model")
def release_model(settings: RunSettings = RunSettings()) -> list[str]:  # noqa: B008
    """Evaluate and export the model; everything that they need is brought up to date first."""
    return reproduce_all(["export"], settings)


if __name__ == "__main__":
    run_by_hand(release_model)
