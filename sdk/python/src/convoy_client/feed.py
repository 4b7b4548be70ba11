"""The live feed of a node, resumed by itself."""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Any

import httpx

from .errors import AnswerError
from .http import Call, Http
from .limits import FEED_LINE_BYTES_MAX

_SILENCE_SECONDS = 40.0
"""The node sends a heartbeat every 15 s; after twice that and some the connection counts as lost."""


@dataclass(frozen=True)
class FeedEvent:
    """One event of the feed."""

    cursor: str
    """Where the feed goes on behind this event. Keep it, and nothing is missed or repeated."""
    kind: str
    """``statement``, ``goods``, ``handover``, ``case``, ``member`` or ``block``."""
    data: Any
    """What happened."""


@dataclass
class SseEvent:
    """One server-sent event."""

    id: str | None = None
    kind: str = ""
    data: str = ""


class SseParser:
    """Reads server-sent events (WHATWG HTML section 9.2.6) from bytes as they come."""

    def __init__(self) -> None:
        self._line = bytearray()
        self._event = SseEvent()
        self._has_data = False
        self._after_cr = False

    def push(self, data: bytes) -> list[SseEvent]:
        """Takes bytes; returns the events that they complete.

        Raises ``ValueError`` when a line is longer than a mebibyte.
        """
        events = []
        for byte in data:
            after_cr, self._after_cr = self._after_cr, byte == 0x0D
            if byte == 0x0A and after_cr:
                continue
            if byte in (0x0A, 0x0D):
                event = self._end_line()
                if event is not None:
                    events.append(event)
            elif len(self._line) == FEED_LINE_BYTES_MAX:
                raise ValueError(f"a line of the feed is longer than {FEED_LINE_BYTES_MAX} bytes")
            else:
                self._line.append(byte)
        return events

    def _end_line(self) -> SseEvent | None:
        line = self._line.decode("utf-8", "replace")
        self._line.clear()
        if not line:
            event = self._event if self._has_data else None
            self._event, self._has_data = SseEvent(), False
            return event
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "id":
            self._event.id = value
        elif name == "event":
            self._event.kind = value
        elif name == "data":
            self._event.data += f"\n{value}" if self._has_data else value
            self._has_data = True
        return None


class Feed:
    """A feed: events come in the ledger's order, each once; after a lost connection it goes on behind the last one.

    ::

        with client.feed(cursor) as feed:
            for event in feed:
                handle(event)
                save(event.cursor)
    """

    def __init__(self, http: Http, cursor: str | None) -> None:
        self._http = http
        self._cursor = cursor
        self._resume = cursor
        self._response: httpx.Response | None = None
        self._parts: Iterator[bytes] = iter(())
        self._parser = SseParser()
        self._ready: deque[FeedEvent] = deque()
        self._failures = 0

    @property
    def cursor(self) -> str | None:
        """Where to go on behind the last event taken."""
        return self._cursor

    def __iter__(self) -> Feed:
        return self

    def __next__(self) -> FeedEvent:
        """The next event, however long it takes.

        Raises ``ProblemError`` where the node refuses, such as an expired cursor (410) or a missing scope, and
        ``ConnectionFailedError`` where the node stays away for as long as the client's retries last.
        """
        while not self._ready:
            if self._response is None:
                self._connect()
            self._read()
        event = self._ready.popleft()
        self._cursor = event.cursor
        return event

    def __enter__(self) -> Feed:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Ends the connection. Asking for another event opens it again."""
        if self._response is not None:
            self._response.close()
        self._response = None

    def _connect(self) -> None:
        query = None if self._resume is None else {"cursor": self._resume}
        headers = {"accept": "text/event-stream"}
        call = Call(("v1", "feed"), query=query, headers=headers, silence=_SILENCE_SECONDS)
        self._response = self._http.stream(call)
        self._parts, self._parser = self._response.iter_bytes(), SseParser()

    def _read(self) -> None:
        """Reads what has come; drops the connection when it ended, fell silent or failed."""
        try:
            part = next(self._parts, None)
        except httpx.TransportError:
            part = None
        if part is None:
            self.close()
            self._failures += 1
            time.sleep(self._http.retry.backoff(self._failures))
            return
        self._failures = 0
        try:
            events = self._parser.push(part)
        except ValueError as error:
            self.close()
            raise AnswerError(self._http.base, str(error)) from error
        for event in events:
            if event.id:
                self._resume = event.id
            if event.kind == "resume":
                self.close()
                return
            self._ready.append(self._take(event))

    def _take(self, event: SseEvent) -> FeedEvent:
        if not event.id:
            raise AnswerError(self._http.base, "an event of the feed has no cursor")
        try:
            return FeedEvent(event.id, event.kind, json.loads(event.data))
        except ValueError as error:
            raise AnswerError(self._http.base, str(error)) from error
