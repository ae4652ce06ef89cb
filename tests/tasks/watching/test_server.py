"""Only who asks this machine by its own name is answered."""

import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from aurl_core.parsing.params import ParseParams
from tasks.watching.answers import Answers
from tasks.watching.server import running_page


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    parse = ParseParams(
        repair=True, overlaps="fifo", min_tempo_bpm=5, max_tempo_bpm=1000, max_file_mb=64, mb_per_shard=2
    )
    with running_page(Answers(tmp_path, parse), [], port=4390) as found:
        yield found


def status(url: str, **headers: str) -> int:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code


def test_it_listens_on_loopback_and_answers_its_own_name(address: str) -> None:
    port = address.rpartition(":")[2]

    assert address.startswith("http://127.0.0.1:")
    assert (status(address), status(f"{address}/state", Host=f"localhost:{port}")) == (200, 200)


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1.evil.example:{port}", ""]
)
def test_a_name_that_somebody_made_to_point_here_is_refused(address: str, host: str) -> None:
    assert status(f"{address}/state", Host=host.format(port=address.rpartition(":")[2])) == 403


def test_what_is_not_there_is_said_so(address: str) -> None:
    assert status(f"{address}/samples/a/%00.mid") == 404


def test_another_page_can_neither_show_nor_read_it(address: str) -> None:
    with urllib.request.urlopen(address, timeout=10) as answer:
        headers = answer.headers

    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Access-Control-Allow-Origin"] is None
