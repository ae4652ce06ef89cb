"""What is used, and what may go."""

from pathlib import Path

from tasks.disk import disk_use, free
from tasks.params import Params


def test_every_folder_is_measured(tmp_path: Path, params: Params) -> None:
    (tmp_path / "data" / "raw").mkdir(parents=True)
    (tmp_path / "data" / "raw" / "a").write_bytes(bytes(10))

    use = {use.what: use for use in disk_use(params, tmp_path)}

    assert (use["data"].num_files, use["data"].num_bytes) == (1, 10)
    assert use["store"].num_bytes == 0


def test_what_cannot_be_made_again_is_not_spare(tmp_path: Path, params: Params) -> None:
    kept = {use.what for use in disk_use(params, tmp_path) if not use.is_spare}

    assert kept == {"data", "reports", "MLflow", "Prefect"}


def test_freeing_deletes_the_folders_given_and_no_others(tmp_path: Path, params: Params) -> None:
    for folder in (params.paths.store, params.paths.logs):
        (tmp_path / folder).mkdir(parents=True)

    free([use for use in disk_use(params, tmp_path) if use.what == "store"], tmp_path)

    assert not (tmp_path / params.paths.store).exists()
    assert (tmp_path / params.paths.logs).exists()
