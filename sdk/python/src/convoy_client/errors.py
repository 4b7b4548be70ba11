"""What can go wrong between a program and a node."""

from __future__ import annotations

from .generated.api import Problem


class ClientError(Exception):
    """Everything that the client raises, apart from what building a statement or verifying a proof raises."""


class ProblemError(ClientError):
    """The node refused: problem details (RFC 9457) with number, reason and remedy."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        """As the node sent them."""
        pointer = problem.get("pointer")
        where = f" (at `{pointer}`)" if pointer else ""
        errors = "".join(
            f"\n  at {error['pointer']}: {error['rule']}; {error['detail']}; {error['remedy']}"
            for error in problem.get("errors") or []
        )
        head = f"{problem['name']} ({problem['code']}): {problem['detail']}{where}. {problem['remedy']}"
        super().__init__(head + errors)

    @property
    def code(self) -> int:
        """The number of the broken rule; never reused."""
        return self.problem["code"]


class ConnectionFailedError(ClientError):
    """The node could not be reached, or the connection was lost, and trying again did not help."""

    def __init__(self, url: str, reason: str, never_arrived: bool) -> None:
        super().__init__(f"no answer from {url}: {reason}; check that the node runs and that the address is right")
        self.url = url
        self.reason = reason
        self.never_arrived = never_arrived
        """Whether the request never reached the node."""


class AnswerError(ClientError):
    """The answer is not what a node of this version sends."""

    def __init__(self, url: str, reason: str) -> None:
        remedy = "check that client and node have the same version"
        super().__init__(f"{url} answered something that this version does not understand: {reason}; {remedy}")
        self.url = url
        self.reason = reason


class NotFinalError(ClientError):
    """The statement is not final within the time given. It may become so later: ask again with the same id."""

    def __init__(self, statement: str, state: str, waited: float) -> None:
        waited_ms = round(waited * 1_000)
        message = f"statement {statement} is not final after {waited_ms} ms; its state is `{state}`"
        super().__init__(f"{message}; ask again with the same id")
        self.statement = statement
        """The statement's id."""
        self.state = state
        """Its state when last seen."""
        self.waited = waited
        """How long was waited, seconds."""
