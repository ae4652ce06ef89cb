"""From files of music to the queryable corpus."""

from prefect import flow

from tasks.reproduce import RunSettings, reproduce_all, run_by_hand


@flow(name="build-corpus")
def build_corpus(settings: RunSettings = RunSettings()) -> list[str]:  # noqa: B008
    """Ingest, parse, quantize and shard."""
    return reproduce_all(["shard"], settings)


if __name__ == "__main__":
    run_by_hand(build_corpus)
