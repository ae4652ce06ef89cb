import multiprocessing
import sqlite3
from pathlib import Path

from aurl_core.corpus.store import FILE_NAME, Store, key_of


def keys_of(*names):
    return [key_of(name) for name in names]


def test_what_is_put_is_found_by_its_key_alone(tmp_path):
    known, unknown = keys_of("known", "unknown")
    with Store(tmp_path) as store:
        store.put({known: b"result" * 1000})
        assert store.get([known, unknown]) == {known: b"result" * 1000}


def test_it_outlives_the_process(tmp_path):
    (key,) = keys_of("a")
    with Store(tmp_path) as store:
        store.put({key: b"x"})
    with Store(tmp_path) as store:
        assert store.get([key]) == {key: b"x"}


def test_more_keys_than_one_query_holds(tmp_path):
    results = {key_of(str(number)): str(number).encode() for number in range(1200)}
    with Store(tmp_path) as store:
        store.put(results)
        assert store.get(results) == results


def test_the_least_recently_used_go_first(tmp_path):
    old, used, fresh = keys_of("old", "used", "fresh")
    noise = bytes(range(256)) * 4
    with Store(tmp_path, limit_bytes=700) as store:
        store.put({old: noise})
        store.put({used: noise[::-1]})
        store.get([used])
        store.get([old])
        store.get([used])
        store.put({fresh: noise[::3]})
        assert set(store.get([old, used, fresh])) == {used, fresh}
        assert store.statistics().bytes <= 700


def test_a_harmed_entry_is_forgotten(tmp_path):
    (key,) = keys_of("a")
    with Store(tmp_path) as store:
        store.put({key: b"x"})
        with sqlite3.connect(tmp_path / FILE_NAME) as other:
            other.execute("UPDATE entries SET data = ?", (b"bit rot",))
        other.close()
        assert store.get([key]) == {}
        assert store.statistics().num_entries == 0


def test_a_broken_file_is_begun_anew(tmp_path):
    (tmp_path / FILE_NAME).write_bytes(b"this is no database" * 100)
    (key,) = keys_of("a")
    with Store(tmp_path) as store:
        store.put({key: b"x"})
        assert store.get([key]) == {key: b"x"}


def test_a_store_that_cannot_be_written_costs_no_error(tmp_path, caplog):
    (key,) = keys_of("a")
    with Store(tmp_path) as store:
        with sqlite3.connect(tmp_path / FILE_NAME) as other:
            other.execute("DROP TABLE entries")
        other.close()
        store.put({key: b"x"})
        assert store.get([key]) == {}
    assert "could not be used" in caplog.text


def test_a_store_that_cannot_be_opened_costs_no_error_and_is_left_alone(tmp_path, caplog):
    (tmp_path / FILE_NAME).mkdir()
    (key,) = keys_of("a")
    with Store(tmp_path) as store:
        store.put({key: b"x"})
    assert "cannot be used now" in caplog.text
    assert (tmp_path / FILE_NAME).is_dir()


def test_clear_forgets_everything(tmp_path):
    with Store(tmp_path) as store:
        store.put({key_of("a"): b"x"})
        store.clear()
        assert store.statistics().num_entries == 0


def write_many(folder: Path, first: int):
    with Store(folder) as store:
        for number in range(first, first + 20):
            store.put({key_of(str(number)): b"x"})


def test_many_processes_may_write_at_once(tmp_path):
    spawn = multiprocessing.get_context("spawn")
    writers = [spawn.Process(target=write_many, args=(tmp_path, first)) for first in (0, 10, 20)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    with Store(tmp_path) as store:
        assert store.statistics().num_entries == 40
