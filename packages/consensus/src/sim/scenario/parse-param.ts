import { Nanos } from "@touchmark/core";
import { checkParams, defaultParams, type Params } from "../../params.ts";
import type { Scenario } from "./steps.ts";
import type { Words } from "./words.ts";

/** A parameter of `params.ts` by its name: a duration where that is one, else a number. */
export function parseParam(words: Words): { readonly name: string; readonly value: bigint | number } {
  const name = words.word("the name of a parameter");
  const known = new Map<string, unknown>(Object.entries(defaultParams(1)));
  if (!known.has(name)) throw words.error(`"${name}" is no parameter`);
  const isDuration = typeof known.get(name) === "bigint";
  return { name, value: isDuration ? BigInt(words.duration()) : words.number("its value") };
}

/** The defaults, with what the scenario says otherwise. */
export function paramsOf({ validators, window, params: told }: Scenario): Params {
  const defaults = defaultParams(validators);
  const durations = Object.entries(defaults).flatMap(([name, value]) => {
    const other = told.get(name);
    return typeof value === "bigint" && typeof other === "bigint" ? [[name, Nanos.of(other)] as const] : [];
  });
  const numbers = [...told].filter(([, value]) => typeof value === "number");
  const params: Params = {
    ...defaults,
    ...Object.fromEntries(durations),
    ...Object.fromEntries(numbers),
    ...(window === undefined ? {} : { window }),
  };
  checkParams(params);
  return params;
}
