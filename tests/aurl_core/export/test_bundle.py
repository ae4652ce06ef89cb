import json
import subprocess

import pytest

from aurl_core.errors import InputError, MissingError
from aurl_core.export.bundle import verify_bundle, write_bundle
from aurl_core.sums import write_sums


def test_the_bundle_holds_the_models_bytes_and_counts(write, sources):
    folder, bundle = write()
    assert (folder / "model.safetensors").read_bytes() == (sources["models"] / "model.safetensors").read_bytes()
    assert sorted(path.name for path in folder.iterdir()) == [
        "README.md", "SHA256SUMS", "bundle.json", "config.json", "evaluation.json", "model.safetensors",
        "pieces.parquet", "training.json", "vocabulary.json",
    ]  # fmt: skip
    assert (bundle.num_files, bundle.training["num_parameters"]) == (9, 16)
    assert bundle.total_bytes == sum(path.stat().st_size for path in folder.iterdir())


def test_what_the_tokenizer_learned_goes_along(write, sources):
    (sources["models"] / "bpe.json").write_text("{}")
    folder, _ = write()
    assert (folder / "bpe.json").read_text() == "{}"
    assert "bpe.json" in json.loads((folder / "bundle.json").read_text())["files"]


def test_sums_are_those_of_sha256sum(write):
    folder, _ = write()
    checked = subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=folder, capture_output=True)
    assert checked.returncode == 0
    assert checked.stdout.count(b": OK") == 8


def test_the_same_sources_give_the_same_bundle(write):
    first, second = ({path.name: path.read_bytes() for path in write()[0].iterdir()} for _ in range(2))
    assert first == second


def test_a_whole_bundle_verifies_wherever_it_is(write, tmp_path):
    moved = write()[0].rename(tmp_path / "elsewhere")
    verify_bundle(moved)
    (moved / "config.json").write_text("{}")
    with pytest.raises(InputError, match=r"config\.json is damaged"):
        verify_bundle(moved)


@pytest.mark.parametrize("name", ["model.safetensors", "README.md", "vocabulary.json", "bundle.json"])
def test_a_corrupted_file_is_named(write, name):
    folder, _ = write()
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / name).write_bytes(bytes(content))
    with pytest.raises(InputError, match=f"{name} is damaged"):
        verify_bundle(folder)


def test_missing_and_unlisted_files_are_named(write):
    folder, _ = write()
    (folder / "config.json").unlink()
    (folder / "notes.txt").touch()
    with pytest.raises(InputError, match=r"config.json is missing, notes.txt is not listed"):
        verify_bundle(folder)


def test_damaged_sums_are_named(write):
    folder, _ = write()
    (folder / "SHA256SUMS").write_bytes(b"\xff\xfe nothing")
    with pytest.raises(InputError, match=r"SHA256SUMS is damaged"):
        verify_bundle(folder)


def test_a_later_format_is_refused(write):
    folder, _ = write()
    content = json.loads((folder / "bundle.json").read_text()) | {"format_version": 99}
    (folder / "bundle.json").write_text(json.dumps(content))
    write_sums(folder)
    with pytest.raises(InputError, match="format_version 99"):
        verify_bundle(folder)


def test_what_is_no_bundle_says_so(tmp_path):
    with pytest.raises(MissingError, match="no model bundle"):
        verify_bundle(tmp_path)


@pytest.mark.parametrize("name", ["model.safetensors", "training.json"])
def test_nothing_is_exported_of_half_a_model(sources, params, tmp_path, name):
    (sources["models"] / name).unlink()
    with pytest.raises(MissingError, match=name):
        write_bundle(tmp_path, params=params, **sources)
