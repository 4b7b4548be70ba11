/** Limits of the formats and of the node's door. `GET /v1/limits` of a node says what it enforces. */

/** One signed statement, bytes. */
export const STATEMENT_BYTES_MAX = 512 * 1024;
/** Statements in one submission. */
export const SUBMISSION_STATEMENTS_MAX = 1_000;
/** One submission, bytes. */
export const SUBMISSION_BYTES_MAX = 1_572_864;
/** Actions in one statement. */
export const STATEMENT_ACTIONS_MAX = 1_000;
/** One action's body, bytes. */
export const ACTION_BYTES_MAX = 256 * 1024;
/** Nesting of any CBOR item. */
export const CBOR_DEPTH_MAX = 32;
/** One identifier, bytes. */
export const IDENTIFIER_BYTES_MAX = 256;
/** A decentralised identifier, bytes. */
export const DID_BYTES_MAX = 224;
/** A member's short name, characters. */
export const MEMBER_ID_CHARS_MAX = 24;
/** A network's name before its genesis suffix, characters. */
export const NETWORK_NAME_CHARS_MAX = 32;
/** Lanes of one signer. */
export const LANES_MAX = 64;
/** Validators in one set. */
export const VALIDATORS_MAX = 100;
/** Members in one label. */
export const LABEL_MEMBERS_MAX = 64;
/** A module's name, bytes. */
export const MODULE_NAME_BYTES_MAX = 32;
/** Elements of one path. */
export const PATH_LENGTH_MAX = 64;
/** Receipts on one statement. */
export const RECEIPTS_MAX = 256;
/** One line of the feed, bytes. */
export const FEED_LINE_BYTES_MAX = 1 << 20;
