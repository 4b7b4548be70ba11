"""The connection to one node: EPCIS documents and statements in, status, traces, receipts and the live feed out.

Answers are the dictionaries of :mod:`convoy_client.generated.api`, made from ``openapi/convoy.json``. What has no method here
is one :meth:`Client.get` away.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Literal, cast

import httpx

from .cbor import CborValue, encode
from .errors import AnswerError, ClientError, NotFinalError, ProblemError
from .feed import Feed
from .generated.api import (
    AtHeightSignerWithLanes,
    AtHeightTraceView,
    CaptureJob,
    ModuleAction,
    NetworkView,
    Problem,
    Results,
    StatusView,
    Submitted,
    Submitted1,
)
from .http import Answer, Call, Http, Retry
from .keys import Algorithm, SigningKey
from .limits import SUBMISSION_BYTES_MAX, SUBMISSION_STATEMENTS_MAX
from .statement import Statement, StatementBuilder
from .trust import Trust

OnError = Literal["rollback", "proceed"]
"""What happens to a document of which an event is refused (EPCIS 2.0 section 12.6.1)."""

_POLL_SECONDS = 20.0
"""One long poll. Shorter than what proxies cut."""
_PROOF_WAIT_MS = "10000"
"""How long the node waits until a proof can be made, milliseconds."""
_NOT_AFTER_MS = 120_000
"""A statement made here can execute for this long where nothing else is said."""
_SEQUENCE_USED = 10
"""The refusal that a statement gets whose sequence is taken, also by itself when it is sent twice."""
_FINAL = ("accepted", "refused", "expired")


class Client:
    """A node's interface. Use it as a context manager, or call :meth:`close`, to give its connections back."""

    def __init__(
        self,
        url: str,
        token: str | None = None,
        *,
        retry: Retry | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """A client of the node at ``url``, such as ``http://127.0.0.1:8480``, with a token of that node or none.

        ``transport`` replaces httpx's own, for proxies, client certificates or tests. Nothing is sent yet. Raises
        :class:`ClientError` where ``url`` is no http or https URL.
        """
        self._http = Http.connect(url, token, retry or Retry(), transport)
        self._network: NetworkView | None = None

    def __enter__(self) -> Client:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Gives the connections back."""
        self._http.client.close()

    def get(self, *path: str, query: Mapping[str, str] | None = None, accept: str = "application/json") -> Any:
        """Any JSON resource: the path's segments (percent-encoded here), the query, and the media type to ask for.

        ``client.get("v1", "members", "est")``
        """
        return self._http.send(Call(path, query=query, headers={"accept": accept})).json()

    def get_bytes(self, *path: str, query: Mapping[str, str] | None = None, accept: str = "application/cose") -> bytes:
        """Any resource as bytes, in the media type ``accept``."""
        return self._http.send(Call(path, query=query, headers={"accept": accept})).response.content

    def _post(self, path: tuple[str, ...], kind: str, body: bytes, repeatable: bool, **headers: str) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        call = Call(path, "POST", headers={"content-type": kind, **named}, body=body, repeatable=repeatable)
        return self._http.send(call)

    def network(self) -> NetworkView:
        """The network that the node belongs to; asked once."""
        if self._network is None:
            self._network = cast(NetworkView, self.get("v1", "network"))
        return self._network

    def signer(self, did: str) -> AtHeightSignerWithLanes:
        """A signer as the ledger knows it, with the next sequence of each lane in use."""
        return cast(AtHeightSignerWithLanes, self.get("v1", "signers", did))

    def is_ready(self) -> bool:
        """Whether the node is ready to take statements."""
        try:
            self._http.once().send(Call(("v1", "health", "ready")))
        except ClientError:
            return False
        return True

    def wait_ready(self, limit: float) -> bool:
        """Waits until the node is ready, at most ``limit`` seconds; says whether it is."""
        started = time.monotonic()
        while not self.is_ready():
            if time.monotonic() - started >= limit:
                return False
            time.sleep(0.1)
        return True

    def submit(self, statement: Statement) -> str:
        """Submits one signed statement and returns its id.

        Sent again after a lost connection: its id tells it apart, so it cannot count twice. Raises :class:`ProblemError`
        where the node does not admit it.
        """
        try:
            answer = self._post(("v1", "statements"), "application/cose", statement.bytes, True)
            _admitted(cast(Results, answer.json())["results"], self._http.base)
        except ProblemError as error:
            # Its own first try may be what took the sequence.
            if error.code != _SEQUENCE_USED or self.status(statement.id)["state"] == "unknown":
                raise
        return statement.id

    def submit_many(self, statements: Sequence[Statement]) -> list[Submitted]:
        """Submits statements in their order, in as few requests as the limits allow; tells what became of each.

        Raises :class:`ClientError` where the node cannot be reached or refuses a whole request. What was sent before
        stays submitted.
        """
        results: list[Submitted] = []
        for batch in batches(statements):
            body = b"".join(statement.bytes for statement in batch)
            answer = self._post(("v1", "statements"), "application/cbor-seq", body, True)
            part = cast(Results, answer.json())["results"]
            results += part if answer.tries == 1 else self._forgive_repeats(batch, part)
        return results

    def _forgive_repeats(self, batch: Iterable[Statement], results: Iterable[Submitted]) -> Iterator[Submitted]:
        """A request that was sent twice may find its own statements; those are admitted, not refused."""
        for statement, result in zip(batch, results, strict=True):
            problem = _problem(result)
            taken = problem is not None and problem["code"] == _SEQUENCE_USED
            if taken and self.status(statement.id)["state"] != "unknown":
                yield {"id": statement.id, "state": "waiting"}
            else:
                yield result

    def act(self, actions: Sequence[ModuleAction], lane: int | None = None) -> str:
        """Has the node sign actions with the token's own signer and submit them as one statement; returns its id.

        A lost connection is not retried: ask what became of it before you send it again.
        """
        body: dict[str, Any] = {"actions": list(actions)}
        if lane is not None:
            body["lane"] = lane
        answer = self._post(("v1", "actions"), "application/json", json.dumps(body).encode(), False)
        return _admitted(cast(Results, answer.json())["results"], self._http.base)

    def status(self, statement: str, wait: float = 0.0) -> StatusView:
        """What became of the statement with this id; waits on the node up to ``wait`` seconds (30 at most) for its end."""
        query = {"wait_ms": str(round(min(wait, 30.0) * 1_000))} if wait > 0 else {}
        return cast(StatusView, self.get("v1", "statements", statement, query=query))

    def follow(self, statement: str, limit: float) -> StatusView:
        """Waits until a statement has ended: accepted, refused or expired.

        A refusal by the ledger is a status, not an error. Raises :class:`NotFinalError` past ``limit`` seconds.
        """
        started = time.monotonic()
        while True:
            asked = time.monotonic()
            left = max(0.0, limit - (asked - started))
            status = self.status(statement, min(left, _POLL_SECONDS))
            if status["state"] in _FINAL:
                return status
            waited = time.monotonic() - started
            if waited >= limit:
                raise NotFinalError(statement, status["state"], waited)
            # A node that does not know the statement answers at once; do not ask in a tight loop.
            if time.monotonic() - asked < 0.05:
                time.sleep(min(0.05, left))

    def submit_and_follow(self, statement: Statement, limit: float) -> StatusView:
        """Submits a statement and waits until it has ended."""
        return self.follow(self.submit(statement), limit)

    def capture(self, document: str | bytes | Mapping[str, Any], on_error: OnError = "rollback") -> CaptureJob:
        """Hands in an EPCIS 2.0 document in JSON-LD, signed for by the token's signer on the node.

        A lost connection is not retried; sending the document again is safe, for the ledger refuses an event that it has.
        Raises :class:`ProblemError` whose ``problem["errors"]`` name each broken rule with its place.
        """
        text = json.dumps(document) if isinstance(document, Mapping) else document
        body = text.encode() if isinstance(text, str) else text
        path, kind = ("v1", "epcis", "capture"), "application/ld+json"
        answer = self._post(path, kind, body, False, gs1_capture_error_behaviour=on_error)
        return cast(CaptureJob, answer.json())

    def capture_job(self, job: str) -> CaptureJob:
        """A capture job; 404 where the node has forgotten it (its statements are on the ledger all the same)."""
        return cast(CaptureJob, self.get("v1", "epcis", "capture", job))

    def capture_and_follow(
        self, document: str | bytes | Mapping[str, Any], limit: float, on_error: OnError = "rollback"
    ) -> CaptureJob:
        """Hands in a document and waits until all of it is final.

        Raises as :meth:`capture`, and :class:`NotFinalError` past ``limit`` seconds.
        """
        started = time.monotonic()
        job = self.capture(document, on_error)
        while job["running"]:
            for statement in job["statements"]:
                self.follow(statement, max(0.0, limit - (time.monotonic() - started)))
            waited = time.monotonic() - started
            if waited > limit:
                raise NotFinalError((job["statements"] or [job["captureID"]])[0], "waiting", waited)
            job = self.capture_job(job["captureID"])
            if job["running"]:
                time.sleep(0.01)
        return job

    def trace(self, identifier: str, limit: float = 0.0) -> AtHeightTraceView:
        """Everything the ledger knows of one object, by any form of its identifier.

        Reads follow finality by some milliseconds, so for what was captured just now give a limit in seconds: until it
        passes, an object that is not there yet is asked for again. Raises :class:`ProblemError`, 404, where no event
        names it.
        """
        started = time.monotonic()
        while True:
            try:
                return cast(AtHeightTraceView, self.get("v1", "trace", identifier))
            except ProblemError as error:
                if error.problem["status"] != 404 or time.monotonic() - started >= limit:
                    raise
            time.sleep(0.025)

    def body(self, statement: str) -> bytes:
        """A final statement as it was signed."""
        return self.get_bytes("v1", "statements", statement, "body")

    def transparent(self, statement: str, members: Sequence[str] = (), algorithms: Sequence[Algorithm] = ()) -> bytes:
        """A transparent statement (RFC 9943): the statement with receipts of ``members`` under ``algorithms``.

        All of them where left out.
        """
        query = {"wait_ms": _PROOF_WAIT_MS}
        if members:
            query["members"] = ",".join(members)
        if algorithms:
            query["algorithms"] = ",".join(algorithms).lower()
        return self.get_bytes("v1", "statements", statement, "transparent", query=query)

    def compact(self, statement: str) -> bytes:
        """A statement with its compact receipt, small enough for a QR code."""
        return self.get_bytes("v1", "statements", statement, "compact", query={"wait_ms": _PROOF_WAIT_MS})

    def trust_file(self) -> bytes:
        """The trust file as the node serves it. Get it once, from a node you trust, and keep it."""
        return self.get_bytes("v1", "trust", accept="application/json")

    def trust(self) -> Trust:
        """What has to be believed to verify this network's proofs."""
        return Trust.from_json(self.trust_file())

    def feed(self, cursor: str | None = None) -> Feed:
        """The feed behind ``cursor``, or from now on. Nothing is sent until the first event is asked for."""
        return Feed(self._http, cursor)


def _problem(result: Submitted) -> Problem | None:
    return cast("Problem | None", cast("dict[str, Any]", result).get("problem"))


def _admitted(results: Sequence[Submitted], url: str) -> str:
    """The id in the answer to one statement."""
    if len(results) != 1:
        raise AnswerError(url, "the answer does not name one statement")
    problem = _problem(results[0])
    if problem is not None:
        raise ProblemError(problem)
    return cast(Submitted1, results[0])["id"]


def batches(statements: Iterable[Statement]) -> list[list[Statement]]:
    """Cuts a list so that each part fits one request."""
    parts: list[list[Statement]] = []
    size = 0
    for statement in statements:
        length = len(statement.bytes)
        if parts and len(parts[-1]) < SUBMISSION_STATEMENTS_MAX and size + length <= SUBMISSION_BYTES_MAX:
            parts[-1].append(statement)
            size += length
        else:
            parts.append([statement])
            size = length
    return parts


class Signer:
    """A signer with its key: makes signed statements in order.

    Sequences are counted here, so one lane belongs to one ``Signer`` at a time; use another lane for another program.
    """

    def __init__(self, network: str, did: str, key: SigningKey, lane: int, next_sequence: int) -> None:
        self.network = network
        self.did = did
        self.lane = lane
        self.next_sequence = next_sequence
        """The sequence of the next statement. Set it after the node refused one at the door."""
        self._key = key

    @classmethod
    def load(cls, client: Client, did: str, key: SigningKey, lane: int = 0) -> Signer:
        """A signer that asks the node for the network and the lane's next sequence."""
        lanes = {known["lane"]: known["next_sequence"] for known in client.signer(did)["lanes"]}
        return cls(client.network()["network"], did, key, lane, lanes.get(lane, 0))

    def builder(self) -> StatementBuilder:
        """A builder with network, signer, lane and sequence set; what it makes can execute for two minutes."""
        not_after_ms = time.time_ns() // 1_000_000 + _NOT_AFTER_MS
        builder = StatementBuilder(self.network, self.did, not_after_ms)
        return builder.sequence(self.lane, self.next_sequence)

    def sign(self, module: str, action: CborValue) -> Statement:
        """Makes and signs the next statement of the lane: one action of ``module``."""
        return self.sign_with(self.builder().encoded_action(module, encode(action)))

    def sign_with(self, builder: StatementBuilder) -> Statement:
        """Signs what ``builder`` (from :meth:`builder`) collected. The sequence is used up only when it was made."""
        statement = builder.sign(self._key)
        self.next_sequence += 1
        return statement
