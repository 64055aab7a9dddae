import type { Committee } from "../committee.ts";
import {
  FORGETS_AT_VALID_UNTIL,
  JOINER_RESIGHTS,
  LITERAL_TTL,
  PRESENT_MEDIAN,
  TIME_BEFORE_TIMER,
} from "../order/broken-rules.ts";
import type { OrderRules } from "../order/rules.ts";
import type { DurableRecord } from "../recovery.ts";
import { RULES, type Rules } from "../replica.ts";

/** What a machine's shell does wrong. */
export interface ShellFlaws {
  /** P-7: whether what must wait for the disk does. */
  readonly waitsForDisk: boolean;
  /** S-1: whether content is given in when it arrives, and not once it is checked. */
  readonly stampsArrival: boolean;
  /** What of its log a machine finds again. */
  readonly recover: (records: readonly DurableRecord[]) => readonly DurableRecord[];
  /** How many signers the certificates have that machines accept. */
  readonly quorum: (committee: Committee) => number;
}

/** A negative control: one thing is wrong, everything else about the run is as ever. */
export interface Flaw {
  readonly what: string;
  readonly shell?: Partial<ShellFlaws>;
  /** The rules that the replicas are given in place of `RULES`. */
  readonly rules?: Rules;
}

export const SOUND_SHELL: ShellFlaws = {
  waitsForDisk: true,
  stampsArrival: true,
  recover: (records) => records,
  quorum: (committee) => committee.quorum,
};

/** P-7 asks for the certificate of every open height; this finds only the one of the highest. */
function withHighestCertificate(records: readonly DurableRecord[]): readonly DurableRecord[] {
  let highest = 0;
  for (const it of records) {
    if (it.kind === "certificate") highest = Math.max(highest, it.certificate.height);
  }
  return records.filter((it) => it.kind !== "certificate" || it.certificate.height === highest);
}

function twiceFaulty({ n, f }: Committee): number {
  return Math.min(n, Math.max(1, 2 * f));
}

function ordering(order: OrderRules): Rules {
  return { ...RULES, order };
}

function agreeing(agreement: Partial<Rules["agreement"]>): Rules {
  return { ...RULES, agreement: { ...RULES.agreement, ...agreement } };
}

/** Every negative control by its name; the checker must find each. */
export const FLAWS: ReadonlyMap<string, Flaw> = new Map<string, Flaw>([
  [
    "present-median",
    { what: "O-1: c is the lower median of what is there", rules: ordering(PRESENT_MEDIAN) },
  ],
  [
    "vote-quorum",
    {
      what: "2f votes certify a cut",
      shell: { quorum: twiceFaulty },
      rules: agreeing({ quorum: twiceFaulty }),
    },
  ],
  [
    "any-view-parent",
    {
      what: "P-1: the parent's certificate may be of any view",
      rules: agreeing({ certificateOf: (certificates) => certificates?.highest }),
    },
  ],
  [
    "unchained",
    { what: "P-1: a vote needs no certificates below it", rules: agreeing({ isChained: false }) },
  ],
  [
    "vote-before-persist",
    { what: "P-7: votes leave before the log is durable", shell: { waitsForDisk: false } },
  ],
  [
    "pc-not-persisted",
    {
      what: "P-7: of the certificates only the highest outlives a crash",
      shell: { recover: withHighestCertificate },
    },
  ],
  ["late-stamp", { what: "S-1: content is stamped once it is checked", shell: { stampsArrival: false } }],
  ["literal-ttl", { what: "O-2: txids are forgotten at their validUntil", rules: ordering(LITERAL_TTL) }],
  [
    "forgets-at-valid-until",
    { what: "O-2: the same, with c judged as ever", rules: ordering(FORGETS_AT_VALID_UNTIL) },
  ],
  ["time-before-timer", { what: "O-4 without the parent's horizon", rules: ordering(TIME_BEFORE_TIMER) }],
  [
    "joiner-resights",
    { what: "E-1: a joiner's lane starts empty with its first epoch", rules: ordering(JOINER_RESIGHTS) },
  ],
]);
