import pytest

from aurl_core.files import whole_file, whole_folder, write_whole


def names(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_text_and_bytes_are_written(tmp_path):
    write_whole(tmp_path / "deep" / "text", "häh")
    write_whole(tmp_path / "bytes", b"\xff")
    assert (tmp_path / "deep" / "text").read_text(encoding="utf-8") == "häh"
    assert (tmp_path / "bytes").read_bytes() == b"\xff"


def test_a_file_that_fails_leaves_the_old_one(tmp_path):
    write_whole(tmp_path / "file", "old")
    with pytest.raises(RuntimeError), whole_file(tmp_path / "file") as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert (tmp_path / "file").read_text() == "old"
    assert names(tmp_path) == ["file"]


def test_a_folder_takes_the_place_of_the_old_one(tmp_path):
    write_whole(tmp_path / "folder" / "old", "old")
    with whole_folder(tmp_path / "folder") as temporary:
        (temporary / "deep").mkdir()
        (temporary / "deep" / "file").write_text("young")
        assert names(tmp_path / "folder") == ["old"]
    assert names(tmp_path) == ["folder", "folder/deep", "folder/deep/file"]


def test_a_folder_that_fails_leaves_the_old_one(tmp_path):
    write_whole(tmp_path / "folder" / "old", "old")
    with pytest.raises(RuntimeError), whole_folder(tmp_path / "folder") as temporary:
        (temporary / "file").write_text("half")
        raise RuntimeError
    assert names(tmp_path) == ["folder", "folder/old"]


def test_a_folder_of_the_same_files_is_left_alone(tmp_path):
    write_whole(tmp_path / "folder" / "file", "same")
    before = (tmp_path / "folder" / "file").stat()
    with whole_folder(tmp_path / "folder") as temporary:
        (temporary / "file").write_text("same")
    assert (tmp_path / "folder" / "file").stat().st_ino == before.st_ino
    assert names(tmp_path) == ["folder", "folder/file"]


def test_a_folder_that_cannot_be_written_is_an_error_and_nothing_else(tmp_path):
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(OSError, match="file"):
        write_whole(tmp_path / "file" / "below", "text")
    assert names(tmp_path) == ["file"]
