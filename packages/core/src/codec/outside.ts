import { fail } from "./failure.ts";

/**
 * What `validate` believes of a value from outside: what the engine says of it, and not what the value
 * says of itself by its prototype, by a getter, or by a property that hides another.
 */
type Outside = Readonly<Record<string, unknown>>;

const typedArrayName = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype),
  Symbol.toStringTag,
)?.get;

/** A copy of real bytes, as many as there are whatever `length` says, or nothing. */
export function outsideBytes(value: unknown): Uint8Array | undefined {
  const isBytes = value instanceof Uint8Array && typedArrayName?.call(value) === "Uint8Array";
  return isBytes ? new Uint8Array(value) : undefined;
}

/** Whether an array has more than its items and its length: names, symbols, items past its end. */
export function hasOtherItems(array: readonly unknown[], length: number): boolean {
  return Reflect.ownKeys(array).length > length + 1;
}

/** A Map, a Date, an instance of a class hold more than fields can say. */
export function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

/** What every object inherits, such as `constructor`, is none of its fields. */
export function ownField(value: Outside, name: string): unknown {
  return Object.hasOwn(value, name) ? value[name] : undefined;
}

const UNKNOWN_NAME_SHOWN_MAX = 64;

/** Names that the schema doesn't have, symbols among them, would be lost unseen. */
export function refuseOthers(value: Outside, isKnown: (name: string) => boolean): void {
  for (const key of Reflect.ownKeys(value)) {
    if (typeof key === "string" && isKnown(key)) continue;
    fail("CODEC_UNKNOWN_FIELD", `.${String(key).slice(0, UNKNOWN_NAME_SHOWN_MAX)}`);
  }
}
