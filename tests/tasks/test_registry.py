"""Every trained model is a version; the champion is the most likely of them."""

from pathlib import Path

from tasks.experiment import connect
from tasks.registry import LIKELIHOOD, find_champion, register


def test_the_champion_moves_only_to_a_more_likely_model(root: Path) -> None:
    client, experiment = connect("aurl", root)
    champions = []

    for bits in (5.0, 6.0, 5.0, 4.5):
        run = client.create_run(experiment)
        source = f"{run.info.artifact_uri}/model"
        register(client, "aurl", run.info.run_id, source, {LIKELIHOOD: str(bits)})
        champions.append(find_champion(client, "aurl"))

    assert [str(champion.version) for champion in champions if champion] == ["1", "1", "1", "4"]


def test_before_the_first_model_there_is_no_champion(root: Path) -> None:
    client, _ = connect("aurl", root)

    assert find_champion(client, "aurl") is None
