"""The Python SDK of Convoy: build, sign, submit, follow, prove, verify offline. See the README for a five-minute example."""

from .cbor import CborError, CborValue
from .client import Client, OnError, Signer
from .errors import AnswerError, ClientError, ConnectionFailedError, NotFinalError, ProblemError
from .feed import Feed, FeedEvent
from .http import Retry
from .keys import ALGORITHMS, Algorithm, InvalidKeyError, PublicKey, SignatureError, SigningKey
from .receipts import ReceiptError, TransparentStatement
from .report import Check, Proved, Report, VerifyError, proved_words
from .statement import (
    Action,
    Assurance,
    Classification,
    Content,
    Label,
    Statement,
    StatementBuilder,
    StatementError,
    UnsignedStatement,
)
from .trust import Trust, TrustError
from .verify import verify

__all__ = [
    "ALGORITHMS",
    "Action",
    "Algorithm",
    "AnswerError",
    "Assurance",
    "CborError",
    "CborValue",
    "Check",
    "Classification",
    "Client",
    "ClientError",
    "ConnectionFailedError",
    "Content",
    "Feed",
    "FeedEvent",
    "InvalidKeyError",
    "Label",
    "NotFinalError",
    "OnError",
    "ProblemError",
    "Proved",
    "PublicKey",
    "ReceiptError",
    "Report",
    "Retry",
    "SignatureError",
    "Signer",
    "SigningKey",
    "Statement",
    "StatementBuilder",
    "StatementError",
    "TransparentStatement",
    "Trust",
    "TrustError",
    "UnsignedStatement",
    "VerifyError",
    "proved_words",
    "verify",
]
