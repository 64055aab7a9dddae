/**
 * Another party's fault, as a value: a code that documents and tests can name, and the facts behind it.
 * A function that judges input from outside returns `Result<T, Code>`; it never throws.
 */
export type RejectionData = Readonly<Record<string, string | number | bigint | boolean>>;

const NO_DATA: RejectionData = Object.freeze({});

export class Rejection<Code extends string = string> {
  readonly code: Code;
  readonly data: RejectionData;

  constructor(code: Code, data: RejectionData) {
    this.code = code;
    this.data = data;
  }

  toString(): string {
    const facts = Object.entries(this.data).map(([name, value]) => `${name}=${value}`);
    return [this.code, ...facts].join(" ");
  }
}

export type Result<T, Code extends string = string> = T | Rejection<Code>;

export function reject<Code extends string>(code: Code, data: RejectionData = NO_DATA): Rejection<Code> {
  return new Rejection(code, data);
}

export function isRejection<Code extends string>(value: unknown): value is Rejection<Code> {
  return value instanceof Rejection;
}
