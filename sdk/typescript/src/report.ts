/** What was checked, what was proved, and what failed. */

/** One check that held. */
export interface Check {
  /** What was checked, in plain words. */
  name: string;
  /** What was found. */
  detail: string;
}

const WORDS = {
  ordered: "the statement has its place in the log (whether it was accepted is not proved)",
  accepted: "the statement was ordered and accepted",
  refused: "the statement was ordered and REFUSED",
} as const;

/** What the file proves. */
export type Proved = keyof typeof WORDS;

/** In plain words. */
export function provedWords(proved: Proved): string {
  return WORDS[proved];
}

/** Everything that held. */
export class Report {
  proved: Proved = "ordered";
  /** The statement's id, in hexadecimal. */
  statement = "";
  /** The ledger that the statement was for; `undefined` where the file has only its id. */
  compartment: string | undefined;
  /** The statement's leaf in the log. */
  leaf = 0n;
  /** The members that vouch: those that signed tree heads, or the validators that signed the certificate. */
  readonly attestedBy: string[] = [];
  /** The height of the latest block vouched for; the statement's own block is this one or an earlier one. */
  height = 0n;
  /** That block's time, milliseconds since 1970. */
  timeMs = 0n;
  /** The size of the log after that block. */
  logSize = 0n;
  /** The height of the statement's own block, where it is proved. */
  recordedHeight: bigint | undefined;
  /** The time of the statement's own block, milliseconds since 1970, where it is proved. */
  recordedMs: bigint | undefined;
  /** Whether the signer's own signature was checked; it was not where the trust file has no key for it. */
  signatureChecked = false;
  /** Every check, in order. */
  readonly checks: Check[] = [];
  /** What could not be checked, and why. */
  readonly notes: string[] = [];

  /** The report with the names and numbers of the other languages' reports. Numbers past 2^53 are text. */
  toJSON(): Record<string, unknown> {
    const number = (value: bigint | undefined): number | string | null => {
      if (value === undefined) return null;
      return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value.toString();
    };
    return {
      proved: this.proved,
      statement: this.statement,
      compartment: this.compartment ?? null,
      leaf: number(this.leaf),
      attested_by: this.attestedBy,
      height: number(this.height),
      time_ms: number(this.timeMs),
      log_size: number(this.logSize),
      recorded_height: number(this.recordedHeight),
      recorded_ms: number(this.recordedMs),
      signature_checked: this.signatureChecked,
      checks: this.checks,
      notes: this.notes,
    };
  }

  /** The report for people, one line for each check. */
  toString(): string {
    const lines = [`PROVED: ${provedWords(this.proved)}`];
    lines.push(`  statement  ${this.statement}, leaf ${this.leaf} of ${this.logSize}`);
    if (this.recordedHeight !== undefined) {
      lines.push(`  recorded   in block ${this.recordedHeight} at ${this.recordedMs} ms`);
    }
    lines.push(`  vouched    at block ${this.height} by ${this.attestedBy.join(", ")}`);
    for (const check of this.checks) lines.push(`  ok    ${check.name}: ${check.detail}`);
    for (const note of this.notes) lines.push(`  note  ${note}`);
    return lines.join("\n");
  }
}

/** The check that failed, and why. Nothing is proved. */
export class VerifyError extends Error {
  override name = "VerifyError";

  constructor(
    /** The check that failed. */
    readonly check: string,
    /** Why, and where it helps, what to do. */
    readonly reason: string,
  ) {
    super(`NOT PROVED: the check \`${check}\` failed: ${reason}`);
  }
}
