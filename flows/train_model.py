"""From the corpus to a trained and registered model."""

from prefect import flow

from tasks.reproduce import RunSettings, reproduce_all, run_by_hand


@flow(name="train-model")
def train_model(settings: RunSettings = RunSettings()) -> list[str]:  # noqa: B008
    """Train the model; the corpus is brought up to date first."""
    return reproduce_all(["train"], settings)


if __name__ == "__main__":
    run_by_hand(train_model)
