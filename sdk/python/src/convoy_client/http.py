"""Requests: sent, sent again where that is safe, and turned into answers or typed errors.

Sent again: what changes nothing or is told apart by its content (reads, signed statements) after a lost connection;
anything that the node refused for want of room (429, 503) or that never reached it. Waits double with jitter, or follow
Retry-After, until :attr:`Retry.within` is used up.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, cast
from urllib.parse import quote

import httpx

from .errors import AnswerError, ClientError, ConnectionFailedError, ProblemError
from .generated.api import Problem

_ANSWER_SECONDS = 60.0
"""Longer than the node's own limit, so that the node's explanation arrives first."""


@dataclass(frozen=True)
class Retry:
    """How long and how often to try, seconds."""

    first: float = 0.05
    """The first wait; later ones double."""
    longest: float = 2.0
    """No single wait is longer."""
    within: float = 15.0
    """After this no further try starts. 0: never try twice."""

    def backoff(self, failures: int) -> float:
        """The wait after ``failures`` in a row: doubled each time, then made 50 to 100 % of itself.

        So many clients do not come back at once.
        """
        doubled: float = min(self.first * 2.0 ** min(failures - 1, 16), self.longest)
        return doubled * (0.5 + random.random() / 2)


@dataclass(frozen=True)
class Call:
    """One request, ready to be sent more than once."""

    path: tuple[str, ...]
    """Segments, percent-encoded when sent."""
    method: str = "GET"
    query: Mapping[str, str] | None = None
    headers: Mapping[str, str] | None = None
    body: bytes | None = None
    repeatable: bool = True
    """Whether sending it twice has the effect of sending it once."""
    silence: float = _ANSWER_SECONDS
    """How long nothing may come, seconds."""


@dataclass(frozen=True)
class Answer:
    """An answer that was not refused, and how many times the request was sent."""

    response: httpx.Response
    tries: int

    def json(self) -> Any:
        """The body as JSON."""
        try:
            return self.response.json()
        except ValueError as error:
            raise AnswerError(str(self.response.url), str(error)) from error


class Http:
    """The connection pool and the rules for trying again."""

    def __init__(self, base: str, client: httpx.Client, retry: Retry) -> None:
        self.base = base
        self.client = client
        self.retry = retry

    @classmethod
    def connect(cls, url: str, token: str | None, retry: Retry, transport: httpx.BaseTransport | None) -> Http:
        """A pool for the node at ``url``. Nothing is sent yet."""
        try:
            base = httpx.URL(url)
        except httpx.InvalidURL:
            base = httpx.URL()
        if base.scheme not in ("http", "https") or not base.host or base.query or base.fragment:
            raise ClientError(f"`{url}` is no address of a node: write it like http://127.0.0.1:8480")
        headers = {"accept": "application/json"}
        if token is not None:
            headers["authorization"] = f"Bearer {token}"
        # Idle connections are given up before the node does, so that a request does not meet a closing one.
        limits = httpx.Limits(keepalive_expiry=5.0)
        client = httpx.Client(headers=headers, limits=limits, transport=transport, follow_redirects=False)
        return cls(url.rstrip("/"), client, retry)

    def request(self, call: Call) -> httpx.Request:
        """The request of a call."""
        path = "/".join(quote(segment, safe="") for segment in call.path)
        url = f"{self.base}/{path}"
        params = dict(call.query) if call.query else None
        timeout = httpx.Timeout(call.silence, connect=5.0)
        return self.client.build_request(
            call.method, url, params=params, headers=call.headers, content=call.body, timeout=timeout
        )

    def send(self, call: Call) -> Answer:
        """Sends a call until it is answered, refused for good, or the time for retries is used up."""
        return self._send(call, stream=False)

    def stream(self, call: Call) -> httpx.Response:
        """As :meth:`send`, for an answer without end: returns when its start is there. The caller closes it."""
        return self._send(call, stream=True).response

    def once(self) -> Http:
        """The same, but never trying twice."""
        return Http(self.base, self.client, replace(self.retry, within=0.0))

    def _send(self, call: Call, *, stream: bool) -> Answer:
        started, tries = time.monotonic(), 0
        while True:
            tries += 1
            asked: float | None = None
            error: ClientError
            try:
                response = self.client.send(self.request(call), stream=stream)
            except httpx.TransportError as failure:
                error = lost(self.base, failure)
                again = error.never_arrived or call.repeatable
            else:
                if response.is_success:
                    return Answer(response, tries)
                asked, again = _asked(response), response.status_code in (429, 503)
                error = self._refusal(response)
            wait = self.retry.backoff(tries) if asked is None else asked
            if not again or time.monotonic() - started + wait >= self.retry.within:
                raise error
            time.sleep(wait)

    def _refusal(self, response: httpx.Response) -> ClientError:
        url = str(response.url)
        try:
            body = response.read()
        except httpx.TransportError as failure:
            return lost(url, failure)
        finally:
            response.close()
        try:
            problem = json.loads(body)
        except ValueError:
            problem = None
        if isinstance(problem, dict) and isinstance(problem.get("code"), int) and problem["code"]:
            known = {"name": "", "detail": "", "remedy": "", **problem}
            return ProblemError(cast(Problem, known))
        return AnswerError(url, f"status {response.status_code} without problem details")


def _asked(response: httpx.Response) -> float | None:
    text = response.headers.get("retry-after", "")
    return float(text) if text.isdecimal() else None


def lost(url: str, failure: Exception) -> ConnectionFailedError:
    """The error of a request that did not end in an answer."""
    never_arrived = isinstance(failure, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout)
    return ConnectionFailedError(url, str(failure) or type(failure).__name__, never_arrived)
