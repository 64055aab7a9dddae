import { expect, test } from "vitest";
import type { Brand, Txid } from "../src/index.ts";

/** Whether nothing is of this type. The compiler decides it; a wrong answer doesn't type-check. */
type IsNever<T> = [T] extends [never] ? true : false;

test("a brand of a brand is a type that values have, and each of both", () => {
  type Outer = Brand<Brand<number, "Inner">, "Outer">;
  const [outer, txid]: [IsNever<Outer>, IsNever<Txid>] = [false, false];
  const isInner: Outer extends Brand<number, "Inner"> ? true : false = true;
  const isOuter: Brand<number, "Inner"> extends Outer ? true : false = false;
  expect([outer, txid, isInner, isOuter]).toEqual([false, false, true, false]);
});
