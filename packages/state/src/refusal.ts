import type { RefusalCode } from "./codes.ts";

/** Facts beside a code: ids and digests as bytes. Short: what people read comes from the code. */
export type RefusalData = Readonly<Record<string, string | number | bigint | boolean | Uint8Array>>;

const NO_DATA: RefusalData = Object.freeze({});

/**
 * What a guard throws. It is no Error (a refusal on the hot path must not cost a stack trace), and it never
 * leaves the engine: the boundary of the transaction turns it into a receipt (L-6).
 */
export class Refusal {
  readonly code: RefusalCode;
  readonly data: RefusalData;

  constructor(code: RefusalCode, data: RefusalData) {
    this.code = code;
    this.data = data;
  }
}

/** The operation may not happen. All that the transaction did is taken back, and its receipt says why. */
export function refuse(code: RefusalCode, data: RefusalData = NO_DATA): never {
  throw new Refusal(code, data);
}

/** The guard of an operation: what must hold, and the code where it doesn't. */
export function check(holds: boolean, code: RefusalCode, data: RefusalData = NO_DATA): asserts holds {
  if (!holds) refuse(code, data);
}
