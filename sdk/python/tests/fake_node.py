"""A node of a few lines: answers what a test says, and remembers what it was asked."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass
class Asked:
    """One request."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes


@dataclass
class Reply:
    """One answer; ``None`` as status breaks the connection instead."""

    status: int | None = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


BROKEN = Reply(None)


def problem(code: int, status: int = 409, **members: Any) -> Reply:
    """A refusal as nodes send it."""
    body = {
        "type": f"/refusals/{code}",
        "title": "Refused",
        "status": status,
        "detail": "what was wrong",
        "code": code,
        "name": "some-rule",
        "retryable": False,
        "remedy": "do it otherwise",
    }
    return Reply(status, {**body, **members})


class Node:
    """Serves ``answer(request)`` and keeps every request in ``asked``."""

    def __init__(self, answer: Callable[[Asked], Reply]) -> None:
        self.asked: list[Asked] = []
        node = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: object) -> None:
                pass

            def do_GET(self) -> None:
                self.serve()

            def do_POST(self) -> None:
                self.serve()

            def serve(self) -> None:
                url = urlsplit(self.path)
                query = {name: values[0] for name, values in parse_qs(url.query).items()}
                headers = {name.lower(): value for name, value in self.headers.items()}
                body = self.rfile.read(int(headers.get("content-length", "0")))
                asked = Asked(self.command, url.path, query, headers, body)
                node.asked.append(asked)
                self.reply(answer(asked))

            def reply(self, reply: Reply) -> None:
                if reply.status is None:
                    # A reset, as a node that dies gives it.
                    linger = struct.pack("ii", 1, 0)
                    self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                    self.connection.close()
                    self.close_connection = True
                    return
                body = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def paths(self) -> list[str]:
        """The paths asked, in order."""
        return [asked.path for asked in self.asked]


@contextmanager
def serving(*replies: Reply, answer: Callable[[Asked], Reply] | None = None) -> Iterator[Node]:
    """A node that gives ``replies`` one after another, the last one again and again; or what ``answer`` says."""
    left = list(replies)

    def next_reply(_: Asked) -> Reply:
        return left.pop(0) if len(left) > 1 else left[0]

    node = Node(answer or next_reply)
    thread = threading.Thread(target=node.server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield node
    finally:
        node.server.shutdown()
        node.server.server_close()
        thread.join()
