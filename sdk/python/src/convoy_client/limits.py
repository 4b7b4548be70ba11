"""Limits of the formats and of the node's door. ``GET /v1/limits`` of a node says what it enforces."""

from typing import Final

STATEMENT_BYTES_MAX: Final = 512 * 1024
"""One signed statement, bytes."""
SUBMISSION_STATEMENTS_MAX: Final = 1_000
"""Statements in one submission."""
SUBMISSION_BYTES_MAX: Final = 1_572_864
"""One submission, bytes."""
STATEMENT_ACTIONS_MAX: Final = 1_000
"""Actions in one statement."""
ACTION_BYTES_MAX: Final = 256 * 1024
"""One action's body, bytes."""
CBOR_DEPTH_MAX: Final = 32
"""Nesting of any CBOR item."""
IDENTIFIER_BYTES_MAX: Final = 256
"""One identifier, bytes."""
DID_BYTES_MAX: Final = 224
"""A decentralised identifier, bytes."""
MEMBER_ID_CHARS_MAX: Final = 24
"""A member's short name, characters."""
NETWORK_NAME_CHARS_MAX: Final = 32
"""A network's name before its genesis suffix, characters."""
LANES_MAX: Final = 64
"""Lanes of one signer."""
VALIDATORS_MAX: Final = 100
"""Validators in one set."""
LABEL_MEMBERS_MAX: Final = 64
"""Members in one label."""
MODULE_NAME_BYTES_MAX: Final = 32
"""A module's name, bytes."""
PATH_LENGTH_MAX: Final = 64
"""Elements of one path."""
RECEIPTS_MAX: Final = 256
"""Receipts on one statement."""
FEED_LINE_BYTES_MAX: Final = 1 << 20
"""One line of the feed, bytes."""
U64_MAX: Final = (1 << 64) - 1
"""The largest number of the formats."""
