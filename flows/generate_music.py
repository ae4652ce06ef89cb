"""From a trained model to new pieces."""

from prefect import flow

from tasks.reproduce import RunSettings, reproduce_all, run_by_hand


@flow(name="generate-music")
def generate_music(settings: RunSettings = RunSettings()) -> list[str]:  # noqa: B008
    """Generate pieces; the model is brought up to date first."""
    return reproduce_all(["generate"], settings)


if __name__ == "__main__":
    run_by_hand(generate_music)
