import multiprocessing
import os
from pathlib import Path

from aurl_core.corpus.store import Store, key_of

ROOM = "blobs"


def keys_of(*names):
    return [key_of(name) for name in names]


def remember(folder, results, **settings):
    with Store(folder, **settings) as store:
        store.put(ROOM, results)
    return Store(folder, **settings)


def files_of(folder):
    return sorted(file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file())


def test_what_is_put_is_found_by_its_key_alone(tmp_path):
    known, unknown = keys_of("known", "unknown")
    store = remember(tmp_path, {known: b"result" * 1000})
    assert store.get(ROOM, [known, unknown]) == {known: b"result" * 1000}
    assert store.get("other room", [known]) == {}


def test_blobs_are_packed(tmp_path):
    results = {key_of(str(number)): str(number).encode() for number in range(200)}
    with Store(tmp_path) as store:
        for key, result in results.items():
            store.put(ROOM, {key: result})
        assert store.get(ROOM, results) == results
    assert Store(tmp_path).get(ROOM, results) == results
    statistics = store.statistics()[ROOM]
    assert (statistics.num_results, statistics.num_segments) == (200, 4)


def test_files_are_kept_as_they_are_and_found_by_all_keys_or_by_one(tmp_path):
    one, two = keys_of("one", "two")
    (tmp_path / "out.parquet").write_bytes(b"columns")
    store = Store(tmp_path / "store")
    store.keep("sets", [one, two], {"notes.parquet": tmp_path / "out.parquet"})
    assert store.segment("sets", [two, one]) is None
    segment = store.segment("sets", [one, two])
    assert segment == store.index("sets")[two]
    assert segment.files()["notes.parquet"].read_bytes() == b"columns"
    assert segment.files()["notes.parquet"].samefile(tmp_path / "out.parquet")


def test_the_least_recently_used_go_first(tmp_path):
    old, used, fresh = keys_of("old", "used", "fresh")
    noise = os.urandom(3000)
    for age, key in ((30, old), (20, used)):
        remember(tmp_path, {key: noise})
        segment = Store(tmp_path).index(ROOM)[key].folder
        os.utime(segment, (segment.stat().st_mtime - age,) * 2)
    Store(tmp_path).get(ROOM, [used])
    store = remember(tmp_path, {fresh: noise}, limit_bytes=8000)
    assert set(store.get(ROOM, [old, used, fresh])) == {used, fresh}
    assert store.statistics()[ROOM].bytes <= 8000


def test_a_harmed_segment_is_forgotten_and_said(tmp_path, caplog):
    (key,) = keys_of("a")
    store = remember(tmp_path, {key: b"x" * 100})
    [file] = tmp_path.rglob("blobs.parquet")
    data = bytearray(file.read_bytes())
    data[20] ^= 1
    file.write_bytes(data)
    assert store.get(ROOM, [key]) == {}
    assert "damaged" in caplog.text
    assert files_of(tmp_path) == []


def test_a_half_deleted_segment_is_forgotten(tmp_path):
    (key,) = keys_of("a")
    store = remember(tmp_path, {key: b"x"})
    for file in tmp_path.rglob("blobs.parquet"):
        file.unlink()
    assert store.get(ROOM, [key]) == {}
    assert files_of(tmp_path) == []


def test_a_store_that_cannot_be_written_costs_no_error(tmp_path, caplog):
    (key,) = keys_of("a")
    (tmp_path / "store").write_text("a file in the folder's place")
    store = remember(tmp_path / "store", {key: b"x"})
    assert store.get(ROOM, [key]) == {}
    assert "could not be used" in caplog.text


def test_clear_forgets_everything(tmp_path):
    store = remember(tmp_path, {key_of("a"): b"x"})
    store.clear()
    assert files_of(tmp_path) == []


def write_many(folder: Path, first: int):
    with Store(folder) as store:
        for number in range(first, first + 20):
            store.keep("sets", [key_of(str(number))], {"out": folder.parent / "out"})
            Store(folder, limit_bytes=10**6).trim()


def test_many_processes_may_write_and_evict_at_once(tmp_path):
    (tmp_path / "out").write_bytes(b"x")
    spawn = multiprocessing.get_context("spawn")
    writers = [spawn.Process(target=write_many, args=(tmp_path / "store", first)) for first in (0, 10, 20)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    store = Store(tmp_path / "store")
    assert store.statistics()["sets"].num_results == 40
    assert all(segment.files() for segment in store.index("sets").values())
