"""The page of a training over HTTP, on this machine only. What the answers are is said in answers.py.

A page of somebody else's, open in the same browser, must not read it: only requests that name this very address are
answered (a name that is made to point here is not enough), and none may be shown inside another page.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Final

from tasks.servers import HOST, free_port
from tasks.watching.answers import NOTHING, Answer, Answers

PORT: Final = 4300
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "media-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_REFUSED: Final = Answer(403, b'{"error": "open this page by the address that aurl watch prints"}')


@contextmanager
def running_page(answers: Answers, notes: list[str], *, port: int = PORT) -> Iterator[str]:
    """Serve until the block ends; the address. `notes` gets a line if the port is busy and another is taken."""
    with Server(answers, free_port(port, "the page", notes)) as server:
        thread = Thread(target=server.serve_forever, name="page", daemon=True)
        thread.start()
        yield server.address
        server.shutdown()
        thread.join()


class Server(ThreadingHTTPServer):
    """Listens on loopback."""

    daemon_threads = True

    def __init__(self, answers: Answers, port: int) -> None:
        super().__init__((HOST, port), Request)
        self.answers = answers

    @property
    def address(self) -> str:
        """To open in a browser."""
        return f"http://{HOST}:{self.server_port}"

    def is_meant(self, host: str) -> bool:
        """Does a request's Host header name this server?"""
        return host in {f"{name}:{self.server_port}" for name in (HOST, "localhost")}


class Request(BaseHTTPRequestHandler):
    """One request, answered and not logged."""

    server: Server

    def do_GET(self) -> None:
        """Answer it, or refuse what comes by another name."""
        if not self.server.is_meant(self.headers.get("Host", "")):
            self._send(_REFUSED)
            return
        try:
            answer = self.server.answers.to(self.path)
        except (OSError, ValueError):  # a file that has just gone, or a path that is none
            answer = NOTHING
        self._send(answer)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        headers = {
            "Content-Type": answer.content_type,
            "Content-Length": str(len(answer.body)),
            "Cache-Control": "max-age=31536000, immutable" if answer.is_kept else "no-store",
            "Content-Security-Policy": _POLICY,
            "Cross-Origin-Resource-Policy": "same-origin",
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
        }
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        try:
            self.wfile.write(answer.body)
        except (BrokenPipeError, ConnectionResetError):  # the page was closed
            self.close_connection = True
