"""What was checked, what was proved, and what failed."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Final, Literal

Proved = Literal["ordered", "accepted", "refused"]
"""What the file proves."""

_WORDS: Final[dict[Proved, str]] = {
    "ordered": "the statement has its place in the log (whether it was accepted is not proved)",
    "accepted": "the statement was ordered and accepted",
    "refused": "the statement was ordered and REFUSED",
}


def proved_words(proved: Proved) -> str:
    """In plain words."""
    return _WORDS[proved]


@dataclass(frozen=True)
class Check:
    """One check that held."""

    name: str
    """What was checked, in plain words."""
    detail: str
    """What was found."""


@dataclass
class Report:
    """Everything that held."""

    proved: Proved = "ordered"
    statement: str = ""
    """The statement's id, in hexadecimal."""
    compartment: str | None = None
    """The ledger that the statement was for; ``None`` where the file has only its id."""
    leaf: int = 0
    """The statement's leaf in the log."""
    attested_by: list[str] = field(default_factory=list)
    """The members that vouch: those that signed tree heads, or the validators that signed the certificate."""
    height: int = 0
    """The height of the latest block vouched for; the statement's own block is this one or an earlier one."""
    time_ms: int = 0
    """That block's time, milliseconds since 1970."""
    log_size: int = 0
    """The size of the log after that block."""
    recorded_height: int | None = None
    """The height of the statement's own block, where it is proved."""
    recorded_ms: int | None = None
    """The time of the statement's own block, milliseconds since 1970, where it is proved."""
    signature_checked: bool = False
    """Whether the signer's own signature was checked; it was not where the trust file has no key for it."""
    checks: list[Check] = field(default_factory=list)
    """Every check, in order."""
    notes: list[str] = field(default_factory=list)
    """What could not be checked, and why."""

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON has it, with the names of the other languages' reports."""
        return asdict(self)

    def _held(self, name: str, detail: str) -> None:
        self.checks.append(Check(name, detail))

    def _attest(self, member: str) -> None:
        if member not in self.attested_by:
            self.attested_by.append(member)

    def __str__(self) -> str:
        lines = [f"PROVED: {proved_words(self.proved)}"]
        lines.append(f"  statement  {self.statement}, leaf {self.leaf} of {self.log_size}")
        if self.recorded_height is not None:
            lines.append(f"  recorded   in block {self.recorded_height} at {self.recorded_ms} ms")
        lines.append(f"  vouched    at block {self.height} by {', '.join(self.attested_by)}")
        lines += [f"  ok    {check.name}: {check.detail}" for check in self.checks]
        lines += [f"  note  {note}" for note in self.notes]
        return "\n".join(lines)


class VerifyError(Exception):
    """The check that failed, and why. Nothing is proved."""

    def __init__(self, check: str, reason: str) -> None:
        super().__init__(f"NOT PROVED: the check `{check}` failed: {reason}")
        self.check = check
        """The check that failed."""
        self.reason = reason
        """Why, and where it helps, what to do."""
