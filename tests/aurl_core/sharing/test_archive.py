import zipfile

import pytest
import torch

from aurl_core.errors import InputError, MissingError
from aurl_core.sharing.archive import export_run, import_run
from aurl_core.training.checkpoints.run import read_identity
from aurl_core.training.trainer import fit


@pytest.fixture
def shared(killed_run, tmp_path):
    """A run that was exported."""
    assert export_run(killed_run[1], tmp_path / "run.zip") == 3
    return tmp_path / "run.zip"


def tree(folder) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_shared_run_is_gone_on_with_elsewhere_to_the_same_weights(shared, killed_run, small_corpus, tmp_path):
    recipe, run = killed_run
    imported = import_run(shared, tmp_path / "elsewhere")
    assert (imported.name, tree(imported)) == (run.name, tree(run))
    seen, weights = [], []
    for folder, progress in ((imported, lambda done, total: seen.append(done)), (tmp_path / "new", lambda *_: None)):
        done = fit(recipe, small_corpus, checkpoints=folder, cache=tmp_path / "cache", progress=progress)
        weights.append(done.model.state_dict())
    assert seen[0] == 768
    assert [name for name, one in weights[0].items() if not torch.equal(one, weights[1][name])] == []


def test_a_run_is_the_same_bytes_whenever_and_wherever_it_is_exported(shared, tmp_path):
    again = import_run(shared, tmp_path / "elsewhere")
    (again / "finished").touch()
    (again / "step-000000006" / "state.ckpt").touch()
    export_run(again, tmp_path / "again.zip")
    assert (tmp_path / "again.zip").read_bytes() == shared.read_bytes()


def test_damaged_checkpoints_stay_behind(killed_run, tmp_path):
    _, run = killed_run
    (run / "step-000000006" / "state.ckpt").write_text("")
    assert export_run(run, tmp_path / "run.zip") == 2
    for step in (2, 4):
        (run / f"step-{step:09d}" / "state.ckpt").unlink()
    with pytest.raises(InputError, match="holds no unharmed checkpoint"):
        export_run(run, tmp_path / "none.zip")
    with pytest.raises(MissingError, match="is no run"):
        export_run(tmp_path, tmp_path / "none.zip")
    assert not (tmp_path / "none.zip").exists()


def turned(data: bytes) -> bytes:
    return data[: len(data) // 2] + bytes([data[len(data) // 2] ^ 1]) + data[len(data) // 2 + 1 :]


@pytest.mark.parametrize("harm", [turned, lambda data: data[:-500], lambda data: b"no archive", lambda data: b""])
def test_a_damaged_file_is_refused_and_nothing_written(shared, tmp_path, harm):
    shared.write_bytes(harm(shared.read_bytes()))
    with pytest.raises(InputError, match=r"run\.zip"):
        import_run(shared, tmp_path / "elsewhere")
    assert not (tmp_path / "elsewhere").exists() or not [*(tmp_path / "elsewhere").iterdir()]


@pytest.mark.parametrize("name", ["../evil", "/tmp/evil", "step/../../evil", "c:\\evil", "..", "a b"])
def test_a_file_that_would_write_elsewhere_is_refused(shared, tmp_path, name):
    with zipfile.ZipFile(shared, "a") as archive:
        archive.writestr(name, "evil")
    before = tree(tmp_path)
    with pytest.raises(InputError, match="not to be trusted"):
        import_run(shared, tmp_path / "elsewhere")
    assert tree(tmp_path) == before


@pytest.mark.parametrize("name", ["step-000000002", "step-000000002/", "run.json/more"])
def test_a_file_that_is_a_folder_too_is_refused(shared, tmp_path, name):
    with zipfile.ZipFile(shared, "a") as archive:
        archive.writestr(zipfile.ZipInfo(name), "")
    before = tree(tmp_path)
    with pytest.raises(InputError, match=r"run\.zip is damaged or no run"):
        import_run(shared, tmp_path / "elsewhere")
    assert tree(tmp_path) == before


def test_an_unlisted_or_exchanged_file_is_refused(shared, tmp_path):
    with zipfile.ZipFile(shared, "a") as archive:
        archive.writestr("step-000000002/extra", "more")
    with pytest.raises(InputError, match="step-000000002/extra is not listed"):
        import_run(shared, tmp_path / "elsewhere")


def test_a_run_that_is_there_is_left_alone(shared, killed_run):
    _, run = killed_run
    before = tree(run)
    with pytest.raises(InputError, match="is there already"):
        import_run(shared, run.parent)
    assert (tree(run), read_identity(run).key) == (before, run.name)
