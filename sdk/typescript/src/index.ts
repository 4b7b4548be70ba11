/**
 * The TypeScript SDK of Convoy: build, sign, submit, follow, prove, verify offline. See the README for a five-minute example.
 *
 * @packageDocumentation
 */

export { encodeAction, knowsAction } from "./actions.js";
export { CborError, type CborValue, check as checkCbor, encode as encodeCbor } from "./cbor.js";
export {
  type CaptureJob,
  Client,
  type ClientOptions,
  type Network,
  type OnError,
  Signer,
  type SignerView,
  type Status,
  type Submitted,
  type Trace,
} from "./client.js";
export { AnswerError, ClientError, ConnectionError, NotFinalError, type Problem, ProblemError } from "./errors.js";
export { Feed, type FeedEvent } from "./feed.js";
export type { components, paths } from "./generated/api.js";
export { ActionError } from "./forms.js";
export { type Fetch, RETRY, type Retry } from "./http.js";
export {
  type Algorithm,
  ALGORITHMS,
  type Jwk,
  KeyError,
  PublicKey,
  SignatureError,
  SigningKey,
  sigStructure,
} from "./keys.js";
export * from "./limits.js";
export { attach, decodeTransparent, ReceiptError, type TransparentStatement } from "./receipts.js";
export {
  type Action,
  type Assurance,
  type Classification,
  type Content,
  type Fault,
  type Label,
  Statement,
  StatementBuilder,
  StatementError,
  type StatementKey,
  UnsignedStatement,
} from "./statement.js";
export { type Check, type Proved, provedWords, Report, Trust, TrustError, verify, VerifyError } from "./verify.js";
export { WebCryptoKey, type WebCryptoAlgorithm } from "./webcrypto.js";
