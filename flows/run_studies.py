"""From the corpus to chords, sections, contours and motifs."""

from prefect import flow

from tasks.reproduce import RunSettings, reproduce_all, run_by_hand


@flow(name="run-studies")
def run_studies(settings: RunSettings = RunSettings()) -> list[str]:  # noqa: B008
    """Study the corpus, brought up to date first."""
    return reproduce_all(["study"], settings)


if __name__ == "__main__":
    run_by_hand(run_studies)
