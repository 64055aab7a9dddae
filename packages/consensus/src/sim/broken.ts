import { Nanos, SECOND } from "@touchmark/core";
import type { Committee } from "../committee.ts";
import {
  ALL_OR_NOTHING,
  FORGETS_AT_VALID_UNTIL,
  JOINER_RESIGHTS,
  LITERAL_TTL,
  NO_CATCHING_UP,
  NO_MEMORY,
  PRESENT_MEDIAN,
  SHORT_QUORUM,
  TIME_BEFORE_TIMER,
} from "../order/broken-rules.ts";
import type { OrderRules } from "../order/rules.ts";
import type { DurableRecord } from "../recovery.ts";
import { RULES, type Rules } from "../rules.ts";

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

/** Y-1 asks a checkpoint to take over what still matters of the log in front of it; these are empty. */
function withoutKept(records: readonly DurableRecord[]): readonly DurableRecord[] {
  return records.map((it) =>
    it.kind === "checkpoint" ? { kind: "checkpoint", checkpoint: { ...it.checkpoint, kept: [] } } : it,
  );
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

function promising(lanes: Partial<Rules["lanes"]>): Rules {
  return { ...RULES, lanes: { ...RULES.lanes, ...lanes } };
}

function aheadOfHeads(sinceHeads: bigint): Nanos | undefined {
  return sinceHeads > SECOND ? Nanos.of(sinceHeads) : undefined;
}

/**
 * Every negative control by its name. The checker finds each that breaks a promise about the order or the
 * chain; the scenarios find them all, those too that only let everything stand still.
 */
export const FLAWS: ReadonlyMap<string, Flaw> = new Map<string, Flaw>([
  [
    "present-median",
    { what: "O-1: c is the lower median of what is there", rules: ordering(PRESENT_MEDIAN) },
  ],
  [
    "short-quorum",
    { what: "C-2: only 2f lanes are complete through the horizon", rules: ordering(SHORT_QUORUM) },
  ],
  ["no-catching-up", { what: "C-2: every cut must move the horizon", rules: ordering(NO_CATCHING_UP) }],
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
  [
    "checkpoint-alone",
    {
      what: "Y-1: a checkpoint takes over nothing of the log in front of it",
      shell: { recover: withoutKept },
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
  ["no-memory", { what: "O-2: what is in a block is forgotten at once", rules: ordering(NO_MEMORY) }],
  [
    "all-or-nothing",
    {
      what: "C-2: a block takes all that is due at the least horizon, or none",
      rules: ordering(ALL_OR_NOTHING),
    },
  ],
  [
    "votes-below-certificate",
    { what: "P-1: votes begin above what is executed here", rules: agreeing({ votesAboveHeld: false }) },
  ],
  [
    "carries-above-executed",
    {
      what: "P-4: VIEW-CHANGE carries W heights above what is executed",
      rules: agreeing({ carriesAboveHeld: false }),
    },
  ],
  [
    "blames-without-offer",
    { what: "V-2: a leader is blamed for what it never saw", rules: agreeing({ blamesAfterOffer: false }) },
  ],
  [
    "freshness",
    {
      what: "C-2: a cut must reach to within a second of the present",
      rules: agreeing({ isFreshEnough: (age) => age <= SECOND }),
    },
  ],
  [
    "empty-is-useless",
    { what: "V-3: an empty block never draws a lane in", rules: agreeing({ drawsLanesIn: false }) },
  ],
  [
    "near-claims-only",
    {
      what: "P-5: claims of more than two views ahead are not followed",
      rules: agreeing({ viewOnClaims: (claim, view) => (claim > view + 2 ? view : claim) }),
    },
  ],
  [
    "final-sent-once",
    { what: "P-6: FINAL is never sent again", rules: agreeing({ isResent: (kind) => kind !== "final" }) },
  ],
  [
    "batch-sent-once",
    {
      what: "P-6: the newest batch is never sent again",
      rules: agreeing({ isResent: (kind) => kind !== "batch" }),
    },
  ],
  [
    "new-view-sent-once",
    { what: "P-6: NEW-VIEW is never said again", rules: agreeing({ repeatsNewView: false }) },
  ],
  [
    "past-epochs-unanswered",
    { what: "P-6: nobody is told how an epoch ended", rules: agreeing({ answersPastEpochs: false }) },
  ],
  [
    "full-is-slow",
    {
      what: "P-8: full heights count against the leader",
      rules: agreeing({ countsAgainstLeader: () => true }),
    },
  ],
  [
    "full-is-never-slow",
    {
      what: "P-8: a full height never counts, however late it comes",
      rules: agreeing({ countsAgainstLeader: (isFull) => !isFull }),
    },
  ],
  [
    "closed-window-counts",
    {
      what: "P-8: leaders are blamed for slow execution",
      rules: agreeing({ forgivesClosedWindow: false }),
    },
  ],
  [
    "clock-by-heads",
    {
      what: "S-7: the own clock is compared with the lanes' heads",
      rules: promising({ clockAhead: (_measured, sinceHeads) => aheadOfHeads(sinceHeads) }),
    },
  ],
  [
    "no-room",
    {
      what: "S-6: a lane fills up with what nobody shares",
      rules: promising({ roomForUnshared: (liveMax) => liveMax }),
    },
  ],
]);
