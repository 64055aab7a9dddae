import { FLAWS, PROTOCOLS, type RunListener, type RunOptions } from "@touchmark/consensus/sim";
import type { RunSpec } from "./options.ts";

/** Names become what they name: functions can't be sent to a worker. */
export function toRunOptions(spec: RunSpec, listeners: readonly RunListener[] = []): RunOptions {
  const protocol = PROTOCOLS.get(spec.protocol);
  if (protocol === undefined) throw new Error(`no protocol ${spec.protocol}`);
  const { adversary, validators, window, epochs } = spec;
  return {
    protocol,
    plan: {
      epochs,
      ...(adversary === undefined ? {} : { adversary }),
      ...(validators === undefined ? {} : { validators }),
      ...(window === undefined ? {} : { window }),
    },
    flaw: spec.broken === undefined ? undefined : FLAWS.get(spec.broken),
    listeners,
  };
}
