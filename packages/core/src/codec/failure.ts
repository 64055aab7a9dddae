import { type Rejection, reject } from "../reject.ts";

/** Why bytes or a value are not of a schema. Each code has a test that provokes it. */
export type CodecCode =
  | "CODEC_TRUNCATED"
  | "CODEC_TRAILING"
  | "CODEC_TYPE"
  | "CODEC_NON_CANONICAL"
  | "CODEC_RANGE"
  | "CODEC_LENGTH"
  | "CODEC_TEXT"
  | "CODEC_UNKNOWN_KIND"
  | "CODEC_UNKNOWN_FIELD"
  | "CODEC_REFUSED";

/**
 * What the schemas throw among themselves. It is no Error, since junk from the network must not cost a
 * stack trace, and it never leaves this folder: `decode` and `validate` turn it into a rejection.
 */
export class Failure {
  readonly code: CodecCode;
  /** Where in the value, innermost first; each tuple, list and variant on the way out adds its step. */
  readonly path: string[] = [];

  constructor(code: CodecCode, step?: string) {
    this.code = code;
    if (step !== undefined) this.path.push(step);
  }
}

export function fail(code: CodecCode, step?: string): never {
  throw new Failure(code, step);
}

/** Notes the step of the path at which a failure passed. Anything else that was thrown is our own bug. */
export function failAt(thrown: unknown, step: string): never {
  if (thrown instanceof Failure) thrown.path.push(step);
  throw thrown;
}

export function failureToRejection(thrown: unknown, offset: number): Rejection<CodecCode> {
  if (!(thrown instanceof Failure)) throw thrown;
  const path = thrown.path.reverse().join("");
  return reject(thrown.code, path === "" ? { offset } : { offset, path });
}
