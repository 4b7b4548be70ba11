"""The client against a node of a few lines: what is sent, what is sent again, what is said."""

from __future__ import annotations

import json

import pytest

from convoy_client import (
    AnswerError,
    Client,
    ClientError,
    ConnectionFailedError,
    NotFinalError,
    ProblemError,
    Retry,
    Signer,
    SigningKey,
    StatementError,
)
from convoy_client.client import batches
from convoy_client.feed import SseEvent, SseParser
from convoy_client.limits import FEED_LINE_BYTES_MAX, SUBMISSION_BYTES_MAX, SUBMISSION_STATEMENTS_MAX

from .fake_node import BROKEN, Asked, Reply, problem, serving

NETWORK = "baltic.ba7816bf8f01cfea"
QUICK = Retry(first=0.001, longest=0.01, within=2.0)
IMPATIENT = Retry(first=0.001, longest=0.01, within=0.05)


def signer(lane: int = 3, sequence: int = 5) -> Signer:
    return Signer(NETWORK, "did:web:a:b", SigningKey.from_secret("Ed25519", bytes([7] * 32)), lane, sequence)


def admitted(statement: str) -> Reply:
    return Reply(202, {"results": [{"id": statement, "state": "waiting"}]})


def test_statements_of_a_signer_follow_one_another() -> None:
    own = signer()
    first, second = own.sign("custody", 1), own.sign("custody", {"a": [2]})
    assert [(s.content.lane, s.content.sequence) for s in (first, second)] == [(3, 5), (3, 6)]
    with pytest.raises(StatementError):
        own.sign_with(own.builder())
    assert own.next_sequence == 7


def test_a_signer_is_loaded_with_the_network_and_its_next_sequence() -> None:
    lanes = [{"lane": 0, "next_sequence": 9}, {"lane": 4, "next_sequence": 2}]

    def answer(asked: Asked) -> Reply:
        return Reply(200, {"network": NETWORK} if asked.path == "/v1/network" else {"lanes": lanes})

    key = SigningKey.generate("ES256")
    with serving(answer=answer) as node, Client(node.url, "secret-token") as client:
        loaded = [Signer.load(client, "did:web:a:b", key, lane).next_sequence for lane in (0, 4, 5)]
        assert loaded == [9, 2, 0]
        assert node.paths().count("/v1/network") == 1
        assert "/v1/signers/did%3Aweb%3Aa%3Ab" in node.paths()
        assert node.asked[0].headers["authorization"] == "Bearer secret-token"


def test_a_statement_is_sent_again_after_a_lost_connection() -> None:
    statement = signer().sign("custody", 1)
    with serving(BROKEN, admitted(statement.id)) as node, Client(node.url, retry=QUICK) as client:
        assert client.submit(statement) == statement.id
        assert [asked.body for asked in node.asked] == [statement.bytes] * 2


def test_a_statement_that_its_own_first_try_brought_is_admitted() -> None:
    statement = signer().sign("custody", 1)
    waiting = Reply(200, {"id": statement.id, "state": "waiting"})
    with serving(BROKEN, problem(10), waiting) as node, Client(node.url, retry=QUICK) as client:
        assert client.submit(statement) == statement.id
        assert node.paths()[-1] == f"/v1/statements/{statement.id}"
    many = Reply(202, {"results": [{"problem": problem(10).body}]})
    with serving(BROKEN, many, waiting) as node, Client(node.url, retry=QUICK) as client:
        assert client.submit_many([statement]) == [{"id": statement.id, "state": "waiting"}]
    unknown = Reply(200, {"id": statement.id, "state": "unknown"})
    with serving(problem(10), unknown) as node, Client(node.url, retry=QUICK) as client:
        with pytest.raises(ProblemError) as refused:
            client.submit(statement)
        assert refused.value.code == 10


def test_a_document_is_not_sent_again_after_a_lost_connection_but_when_there_was_no_room() -> None:
    job = Reply(202, {"captureID": "j", "running": False, "statements": []})
    with serving(BROKEN, job) as node, Client(node.url, retry=QUICK) as client:
        with pytest.raises(ConnectionFailedError):
            client.capture({"type": "EPCISDocument"})
        assert len(node.asked) == 1
    full = Reply(503, problem(900, 503).body, {"retry-after": "0"})
    with serving(full, full, job) as node, Client(node.url, retry=QUICK) as client:
        assert client.capture('{"type": "EPCISDocument"}', "proceed")["captureID"] == "j"
        assert len(node.asked) == 3
        assert node.asked[0].headers["gs1-capture-error-behaviour"] == "proceed"
        assert node.asked[0].headers["content-type"] == "application/ld+json"


def test_a_refusal_says_number_reason_place_and_remedy() -> None:
    errors = [{"pointer": "/a", "rule": "R1", "detail": "d", "remedy": "r"}]
    with serving(problem(31, 422, pointer="/epcisBody", errors=errors)) as node, Client(node.url) as client:
        with pytest.raises(ProblemError) as refused:
            client.capture(b"{}")
        words = "some-rule (31): what was wrong (at `/epcisBody`). do it otherwise\n  at /a: R1; d; r"
        assert str(refused.value) == words
        assert len(node.asked) == 1


def test_what_is_no_answer_of_a_node_is_said() -> None:
    for reply in (Reply(502, b"<html>"), Reply(200, b"{"), Reply(400, {"code": 0})):
        with serving(reply) as node, Client(node.url) as client, pytest.raises(AnswerError):
            client.network()
    with Client("http://127.0.0.1:9", retry=IMPATIENT) as client, pytest.raises(ConnectionFailedError) as lost:
        client.network()
    assert lost.value.never_arrived
    for url in ("127.0.0.1:8480", "ftp://node", "http://", "http://node?x=1", ""):
        with pytest.raises(ClientError, match="no address of a node"):
            Client(url)


def test_a_statement_is_followed_to_its_end() -> None:
    waiting, refused = {"id": "i", "state": "waiting"}, {"id": "i", "state": "refused"}
    with serving(Reply(200, waiting), Reply(200, refused)) as node, Client(node.url) as client:
        assert client.follow("i", 5.0)["state"] == "refused"
        assert 0 < int(node.asked[0].query["wait_ms"]) <= 5_000
    with serving(Reply(200, {"id": "i", "state": "unknown"})) as node, Client(node.url) as client:
        with pytest.raises(NotFinalError) as late:
            client.follow("i", 0.12)
        assert late.value.state == "unknown"
        assert len(node.asked) <= 6


def test_a_captured_document_is_followed_until_all_of_it_is_final() -> None:
    job = {"captureID": "j", "running": True, "statements": ["i"]}

    def answer(asked: Asked) -> Reply:
        if asked.method == "POST":
            return Reply(202, job)
        if asked.path == "/v1/statements/i":
            return Reply(200, {"id": "i", "state": "accepted"})
        return Reply(200, {**job, "running": False})

    with serving(answer=answer) as node, Client(node.url) as client:
        assert client.capture_and_follow(b"{}", 5.0)["running"] is False
        assert node.paths() == ["/v1/epcis/capture", "/v1/statements/i", "/v1/epcis/capture/j"]


def test_proofs_are_asked_for_by_member_and_algorithm() -> None:
    with serving(Reply(200, b"proof")) as node, Client(node.url) as client:
        assert client.transparent("i", ["est", "fra"], ["ML-DSA-65"]) == b"proof"
        assert node.asked[0].query == {"wait_ms": "10000", "members": "est,fra", "algorithms": "ml-dsa-65"}
        assert client.compact("i") == client.body("i") == b"proof"
        assert node.asked[0].headers["accept"] == "application/cose"


def test_an_object_captured_just_now_is_asked_for_until_it_is_there() -> None:
    absent, trace = problem(2010, 404), Reply(200, {"object": "o", "height": 3})
    with serving(absent, absent, trace) as node, Client(node.url) as client:
        assert client.trace("urn:a/b", 5.0)["height"] == 3
        assert node.paths() == ["/v1/trace/urn%3Aa%2Fb"] * 3
    with serving(absent) as node, Client(node.url) as client:
        with pytest.raises(ProblemError):
            client.trace("urn:a/b")
        assert len(node.asked) == 1


def test_every_other_route_is_asked_for_by_path_and_query() -> None:
    with serving(Reply(200, {"type": "EPCISQueryDocument"})) as node, Client(node.url) as client:
        asked = client.get("v1", "events", query={"from": "2026-11-01", "epc": "a&b"}, accept="application/ld+json")
        assert asked == {"type": "EPCISQueryDocument"}
        assert (node.asked[0].path, node.asked[0].query) == ("/v1/events", {"from": "2026-11-01", "epc": "a&b"})
        assert node.asked[0].headers["accept"] == "application/ld+json"


def test_a_node_is_waited_for_until_it_is_ready() -> None:
    full = problem(900, 503)
    with serving(full, BROKEN, Reply(200, {})) as node, Client(node.url) as client:
        assert client.wait_ready(5.0)
        assert len(node.asked) == 3
    with serving(full) as node, Client(node.url) as client:
        assert not client.wait_ready(0.0)


def event(cursor: str, kind: str = "statement") -> str:
    return f"id: {cursor}\nevent: {kind}\ndata: {json.dumps({'at': cursor})}\n\n"


def test_the_feed_goes_on_behind_its_last_event_each_once() -> None:
    streams = [event("1.0") + event("1.1"), event("2.0") + event("2.5", "resume"), event("3.0") + "data: cut"]

    def answer(asked: Asked) -> Reply:
        wanted = {None: 0, "1.1": 1, "2.5": 2}.get(asked.query.get("cursor"))
        if wanted is None:
            return problem(940, 410)
        return Reply(200, streams[wanted].encode(), {"content-type": "text/event-stream"})

    with serving(answer=answer) as node, Client(node.url, retry=QUICK) as client, client.feed() as feed:
        events = [next(feed) for _ in range(4)]
        assert [e.cursor for e in events] == ["1.0", "1.1", "2.0", "3.0"]
        assert events[3].data == {"at": "3.0"}
        assert feed.cursor == "3.0"
        with pytest.raises(ProblemError):
            next(feed)
        assert [asked.query.get("cursor") for asked in node.asked] == [None, "1.1", "2.5", "3.0"]


def test_server_sent_events_are_the_same_however_the_bytes_are_cut() -> None:
    text = (
        b": test stream\n\ndata: first event\nid: 1\n\ndata:second event\r\nid\r\n\r\n"
        b"event: block\ndata:  third\ndata: line\n\ndata: incomplete"
    )
    expected = [SseEvent("1", "", "first event"), SseEvent("", "", "second event")]
    expected.append(SseEvent(None, "block", " third\nline"))
    for size in range(1, len(text) + 1):
        parser = SseParser()
        parts = [text[at : at + size] for at in range(0, len(text), size)]
        assert [e for part in parts for e in parser.push(part)] == expected
    with pytest.raises(ValueError, match="longer than"):
        SseParser().push(b"x" * (FEED_LINE_BYTES_MAX + 1))


def test_batches_keep_order_and_limits() -> None:
    own = signer(0, 0)
    statements = [own.sign("m", "x" * 1_500) for _ in range(1_500)]
    parts = batches(statements)
    assert [s for part in parts for s in part] == statements
    for part in parts:
        assert len(part) <= SUBMISSION_STATEMENTS_MAX
        assert sum(len(s.bytes) for s in part) <= SUBMISSION_BYTES_MAX
    assert len(parts) == 2
