/**
 * Three failures have three forms. Our own bug stops the program here; another party's fault is a value
 * (`reject.ts`); the world's failure (disk, network) is an error of the shell around the pure packages.
 */
export class AssertionFailed extends Error {
  override readonly name = "AssertionFailed";
}

export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new AssertionFailed(message);
}

/** An object can't be trusted to become text, and `[object Object]` would say nothing. */
function nameOf(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value);
  return "kind" in value && typeof value.kind === "string" ? `kind ${value.kind}` : "an object";
}

/** Ends an exhaustive switch: it does not type-check while a case is missing. */
export function assertNever(value: never): never {
  throw new AssertionFailed(`unhandled case: ${nameOf(value)}`);
}

/** What an index that must exist holds. */
export function must<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new AssertionFailed(`${what} is missing`);
  return value;
}
