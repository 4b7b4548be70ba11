/**
 * The offline verifier: what a file proves, given nothing but the file and a trust file. No network, no clock.
 *
 * Flow: {@link verify} looks at the first bytes and checks a transparent statement or a compact receipt, check by check, in the order of the
 * Rust verifier and in its words. The first check that fails is thrown as a {@link VerifyError} that names it.
 *
 * Invariants: every number in a report is under a checked signature or leads to a root that is; every receipt attached has to hold; a check
 * that could not be made is a note in the report.
 *
 * Limits: state proofs (`da 63 6e 76 02`) and consistency proofs are not verified here; use `convoy verify`.
 */

import { hex } from "./ids.js";
import { SignatureError } from "./keys.js";
import {
  type CompactReceipt,
  compactBlock,
  compactRoot,
  decodeCompact,
  decodeTransparent,
  InclusionReceipt,
  quorum,
  ReceiptError,
  TAG_COMPACT,
  TAG_STATE_PROOF,
  type TransparentStatement,
} from "./receipts.js";
import { type Proved, Report, VerifyError } from "./report.js";
import { type Statement, StatementError } from "./statement.js";
import { holdsAt, Trust } from "./trust.js";
import { Reader } from "./wire.js";

export { type Check, type Proved, provedWords, Report, VerifyError } from "./report.js";
export { Trust, TrustError } from "./trust.js";

/**
 * Verifies a transparent statement or a compact receipt.
 *
 * @throws {VerifyError} the first check that fails.
 */
export function verify(proof: Uint8Array, trust: Trust): Report {
  if (startsWith(proof, TAG_COMPACT)) return verifyCompact(proof, trust);
  if (startsWith(proof, TAG_STATE_PROOF)) {
    throw new VerifyError("kind of the file", "it is a state proof, which this SDK does not verify; use `convoy verify`");
  }
  return verifyTransparent(proof, trust);
}

function startsWith(bytes: Uint8Array, tag: bigint): boolean {
  try {
    new Reader(bytes).tag(tag);
    return true;
  } catch {
    return false;
  }
}

/** The words of an error that bytes or a signature caused; anything else is a fault of ours and is thrown on. */
function words(error: unknown): string {
  if (error instanceof StatementError || error instanceof ReceiptError || error instanceof SignatureError) {
    return error.message;
  }
  throw error;
}

function decoded<T>(decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    const prefix = error instanceof StatementError ? "statement error " : "";
    throw new VerifyError("form of the file", prefix + words(error));
  }
}

/**
 * Verifies a transparent statement: a statement with members' COSE receipts.
 *
 * @throws {VerifyError} the first check that fails.
 */
export function verifyTransparent(bytes: Uint8Array, trust: Trust): Report {
  const { statement, receipts }: TransparentStatement = decoded(() => decodeTransparent(bytes));
  const report = new Report();
  checkStatement(statement, trust, report);
  if (receipts.length === 0) {
    throw new VerifyError("receipts", "it carries none; ask a member's node for the transparent statement");
  }
  const checked = receipts.map((encoded, index) => {
    const name = `receipt ${index + 1} of ${receipts.length}`;
    return checkReceipt(name, encoded, statement, trust, report);
  });
  checkAgreement(checked, report);
  if (BigInt(report.attestedBy.length) < trust.membersRequired) {
    const reason = `${report.attestedBy.length} vouch and the trust file asks for ${trust.membersRequired}; fetch receipts of more members`;
    throw new VerifyError("members that vouch", reason);
  }
  checkSignature(statement, trust, report);
  return report;
}

function held(report: Report, name: string, detail: string): void {
  report.checks.push({ name, detail });
}

function attest(report: Report, member: string): void {
  if (!report.attestedBy.includes(member)) report.attestedBy.push(member);
}

function checkStatement(statement: Statement, trust: Trust, report: Report): void {
  const NETWORK = "network of the statement";
  held(report, "form of the statement", `canonical; its id is ${statement.id}`);
  try {
    statement.checkNetwork(trust.network);
  } catch (error) {
    throw new VerifyError(NETWORK, words(error));
  }
  held(report, NETWORK, trust.network);
  report.statement = statement.id;
  report.compartment = statement.content.compartment;
}

function checkReceipt(
  name: string,
  encoded: Uint8Array,
  statement: Statement,
  trust: Trust,
  report: Report,
): InclusionReceipt {
  let receipt: InclusionReceipt;
  try {
    receipt = InclusionReceipt.decode(encoded, statement.digest);
  } catch (error) {
    throw new VerifyError(`${name}: form`, words(error));
  }
  const { head } = receipt;
  if (head.network !== trust.network) {
    const reason = `it is of \`${head.network}\`, the trust file of \`${trust.network}\``;
    throw new VerifyError(`${name}: network`, reason);
  }
  const key = trust.treeHeadKey(head.issuer, head.keyId, head.algorithm);
  if (key === undefined) {
    const reason = `the trust file has no ${head.algorithm} key ${head.keyId} of ${head.issuer}; get a newer trust file`;
    throw new VerifyError(`${name}: key`, reason);
  }
  if (!holdsAt(head.timeMs, key)) {
    throw new VerifyError(`${name}: key`, `the key of ${key.member} did not hold at ${head.timeMs} ms`);
  }
  const check = `${name}: inclusion and signature`;
  try {
    receipt.verify(key.key);
  } catch (error) {
    const reason = `${words(error)}; the statement, the path or the signature is not what ${key.member} signed`;
    throw new VerifyError(check, reason);
  }
  const leafOf = `leaf ${receipt.leaf} of ${head.size}`;
  held(report, check, `${key.member} signed with ${head.algorithm} that ${leafOf} is this statement`);
  attest(report, key.member);
  if (head.height >= report.height) {
    [report.height, report.timeMs, report.logSize] = [head.height, head.timeMs, head.size];
  }
  checkEvidence(`${name}: outcome`, receipt, report);
  return receipt;
}

/** Checks the block summary that a receipt may carry: it leads to the signed root, and the statement's leaf is among its statements. */
function checkEvidence(check: string, receipt: InclusionReceipt, report: Report): void {
  const { evidence, head } = receipt;
  if (evidence === undefined) return;
  const root = evidence.root(head.size);
  if (root === undefined || hex(root) !== hex(receipt.root)) {
    throw new VerifyError(check, "the block summary does not lead to the signed root");
  }
  const { summary } = evidence;
  const accepted = summary.isAccepted(receipt.leaf);
  if (accepted === undefined) {
    throw new VerifyError(check, `leaf ${receipt.leaf} is not of block ${summary.height}`);
  }
  if (summary.height > head.height || summary.timeMs > head.timeMs) {
    throw new VerifyError(check, "the block is later than the signed tree head");
  }
  const verdict: Proved = accepted ? "accepted" : "refused";
  if (report.proved !== "ordered" && report.proved !== verdict) {
    throw new VerifyError(check, "two receipts say different things of the same statement");
  }
  record(report, check, verdict, summary.height, summary.timeMs);
}

function record(report: Report, check: string, verdict: Proved, height: bigint, timeMs: bigint): void {
  report.proved = verdict;
  report.recordedHeight = height;
  report.recordedMs = timeMs;
  held(report, check, `${verdict} by block ${height} at ${timeMs} ms`);
}

/** Checks that the receipts tell of one log: one leaf for the statement, one root for each size. */
function checkAgreement(receipts: readonly InclusionReceipt[], report: Report): void {
  const CHECK = "agreement of the receipts";
  const [first, ...others] = receipts;
  if (first === undefined) return;
  for (const other of others) {
    if (other.leaf !== first.leaf) {
      throw new VerifyError(CHECK, `leaves ${first.leaf} and ${other.leaf} for one statement`);
    }
    const twin = receipts.find((r) => r.head.size === other.head.size && hex(r.root) !== hex(other.root));
    if (twin !== undefined) {
      const who = `${twin.head.issuer} and ${other.head.issuer} signed different roots for a log of ${twin.head.size} leaves`;
      throw new VerifyError(CHECK, `${who}: one of them equivocates, keep this file as evidence`);
    }
  }
  report.leaf = first.leaf;
  held(report, CHECK, `${receipts.length} tell of one log`);
}

/** Checks the signer's own signature where the trust file has the key, and says so where it has not. */
function checkSignature(statement: Statement, trust: Trust, report: Report): void {
  const CHECK = "signature of the statement";
  const { signer, keyId } = statement;
  const entry = trust.signerKey(signer, keyId, statement.algorithm);
  if (entry === undefined) {
    const who =
      report.proved === "accepted"
        ? "the validators checked it when they accepted the statement"
        : "nothing here vouches for it";
    report.notes.push(
      `the signature of ${signer} was not checked, the trust file has no key ${keyId} for it; ${who}`,
    );
    return;
  }
  if (report.recordedMs !== undefined) {
    if (!holdsAt(report.recordedMs, entry)) {
      throw new VerifyError(CHECK, `key ${keyId} of ${signer} did not hold at ${report.recordedMs} ms`);
    }
  } else if (entry.fromMs !== 0n || entry.untilMs !== undefined) {
    report.notes.push(
      `key ${keyId} of ${signer} holds for a time only, and when the statement was recorded is not proved`,
    );
  }
  try {
    statement.verify(entry.key);
  } catch (error) {
    throw new VerifyError(CHECK, words(error));
  }
  report.signatureChecked = true;
  held(report, CHECK, `${signer} signed it with ${statement.algorithm} key ${keyId}`);
}

/**
 * Verifies a compact receipt: path, header core and the validators' certificate.
 *
 * @throws {VerifyError} the first check that fails.
 */
export function verifyCompact(bytes: Uint8Array, trust: Trust): Report {
  const PATH = "path to the log's root";
  const receipt = decoded(() => decodeCompact(bytes));
  const report = new Report();
  if (receipt.statement !== undefined) checkStatement(receipt.statement, trust, report);
  else {
    report.statement = hex(receipt.entry);
    report.notes.push("the receipt carries the statement's id and not its content");
  }
  const root = compactRoot(receipt);
  if (root === undefined) throw new VerifyError(PATH, `it does not fit leaf ${receipt.leaf} of ${receipt.logSize}`);
  held(report, PATH, `leaf ${receipt.leaf} of ${receipt.logSize} leads to ${hex(root)}`);
  const block = compactBlock(receipt, trust.network, root);
  checkCertificate(receipt, block, trust, report);
  report.leaf = receipt.leaf;
  [report.height, report.timeMs, report.logSize] = [receipt.height, receipt.timeMs, receipt.logSize];
  checkOutcome(receipt, root, report);
  if (receipt.statement !== undefined) checkSignature(receipt.statement, trust, report);
  return report;
}

/** Checks that a quorum of the validators of the receipt's epoch finalized `block`. */
function checkCertificate(
  { certificate, epoch, height }: CompactReceipt,
  block: Uint8Array,
  trust: Trust,
  report: Report,
): void {
  const CHECK = "certificate of the validators";
  const why = trust.whyNotOf(epoch, height);
  if (why !== undefined) throw new VerifyError(CHECK, why);
  const validators = trust.validators(epoch);
  if (validators === undefined) {
    throw new VerifyError(CHECK, `the trust file has no validators for epoch ${epoch}; get a newer one`);
  }
  const [signed, needed] = [certificate.signers.length, quorum(validators.length)];
  if (signed < needed) {
    throw new VerifyError(CHECK, `${signed} of ${validators.length} signed, ${needed} are needed`);
  }
  const message = certificate.signedMessage(trust.network, epoch, block);
  certificate.signers.forEach((signer, index) => {
    const validator = validators[signer];
    if (validator === undefined) {
      throw new VerifyError(CHECK, `signer ${signer} is none of the ${validators.length} validators`);
    }
    try {
      validator.key.verify(message, certificate.signatures[index] as Uint8Array);
    } catch (error) {
      throw new VerifyError(CHECK, `${validator.member}: ${words(error)}`);
    }
    attest(report, validator.member);
  });
  const who = `${signed} of ${validators.length} validators of epoch ${epoch}`;
  held(report, CHECK, `${who} finalized block ${hex(block)}`);
}

/** The outcome is proved by the leaf's place in the certified block itself, or by the summary of an earlier block. */
function checkOutcome(receipt: CompactReceipt, root: Uint8Array, report: Report): void {
  const CHECK = "outcome";
  const { leaf, evidence } = receipt;
  const own = leaf >= receipt.firstLeaf && leaf < receipt.logSize;
  if (own) {
    const accepted = leaf - receipt.firstLeaf < receipt.accepted;
    // Behind the accepted leaves come the refused and the summary, which is the last leaf.
    if (evidence !== undefined || (!accepted && leaf + 1n >= receipt.logSize)) {
      throw new VerifyError(CHECK, "the evidence does not belong to the certified block");
    }
    return record(report, CHECK, accepted ? "accepted" : "refused", receipt.height, receipt.timeMs);
  }
  if (evidence === undefined) return;
  const evidenceRoot = evidence.root(receipt.logSize);
  if (evidenceRoot === undefined || hex(evidenceRoot) !== hex(root)) {
    throw new VerifyError(CHECK, "the block summary does not lead to the log's root");
  }
  const { summary } = evidence;
  const accepted = summary.isAccepted(leaf);
  if (accepted === undefined) throw new VerifyError(CHECK, `leaf ${leaf} is not of block ${summary.height}`);
  record(report, CHECK, accepted ? "accepted" : "refused", summary.height, summary.timeMs);
}
