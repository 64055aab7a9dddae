/** What can be proposed, and what each kind needs (G-2, G-5). Numbers are the format: never changed, never used again. */
import {
  Amount,
  binary,
  concatBytes,
  digestSchema,
  encode,
  Height,
  integer,
  type Kinds,
  Nanos,
  optional,
  SIGNATURE_BYTES,
  utf8ToBytes,
  type ValueOf,
  variant,
} from "@touchmark/core";
import { type ParameterName, parameterValueSchema } from "../../parameters.ts";
import { acct, publicKey, roleSchema } from "../identity/records.ts";
import { currencyCode } from "../payments/currency-code.ts";

const participant = { participant: acct } as const;
const currency = { currency: currencyCode } as const;
const operation = { operation: integer(1, 65_535) } as const;

export const ACTION_KINDS = {
  /** The proof: that the key's holder wants it to stand for this participant. */
  "validator.add": [1, { ...participant, key: publicKey, proof: binary(SIGNATURE_BYTES) }],
  /** A seat and not a key, so that no rotation saves its holder. */
  "validator.remove": [2, participant],
  "params.set": [3, { parameter: integer(1, 65_535), value: parameterValueSchema }],
  "role.grant": [4, { ...participant, role: roleSchema, until: optional(Nanos.schema) }],
  "role.withdraw": [5, { ...participant, role: roleSchema }],
  "currency.license": [6, { ...currency, issuer: acct, attestor: acct, decimals: integer(0, 9) }],
  "currency.pause": [7, currency],
  "currency.resume": [8, currency],
  "participant.suspend": [9, participant],
  "participant.reinstate": [10, participant],
  "recovery.stop": [11, participant],
  "version.activate": [12, { version: integer(2, 65_535), height: Height.schema }],
  "kind.withdraw": [13, operation],
  "kind.restore": [14, operation],
  /** The digest is that of the reasons, kept outside. */
  "fund.spend": [15, { ...currency, to: acct, amount: Amount.schema, digest: digestSchema }],
  fundBps: [16, { bps: integer(0, 10_000) }],
  "arbiter.add": [17, participant],
  "arbiter.remove": [18, participant],
} as const satisfies Kinds;

export const actionSchema = variant(ACTION_KINDS);
export type Action = ValueOf<typeof actionSchema>;
export type ActionKind = Action["kind"];

export interface ActionRule {
  /** Of the validators of the current set: a quorum, or more than half. */
  readonly threshold: "quorum" | "majority";
  /** From passing to taking effect; at once where there is none. */
  readonly delay: (ParameterName & `${string}Delay`) | undefined;
  /** Whether a majority of the members' votes stops it. */
  readonly veto: boolean;
}

const SET_RULE: ActionRule = { threshold: "quorum", delay: undefined, veto: false };
const RIGHTS_RULE: ActionRule = { threshold: "majority", delay: "roleDelay", veto: false };
const URGENT_RULE: ActionRule = { threshold: "majority", delay: undefined, veto: false };
const FUND_RULE: ActionRule = { threshold: "majority", delay: "fundDelay", veto: true };

export const ACTION_RULES: Readonly<Record<ActionKind, ActionRule>> = {
  "validator.add": SET_RULE,
  "validator.remove": SET_RULE,
  "params.set": { threshold: "quorum", delay: "parametersDelay", veto: false },
  "role.grant": RIGHTS_RULE,
  "role.withdraw": RIGHTS_RULE,
  "currency.license": RIGHTS_RULE,
  "currency.pause": RIGHTS_RULE,
  "currency.resume": RIGHTS_RULE,
  "participant.suspend": URGENT_RULE,
  "participant.reinstate": URGENT_RULE,
  "recovery.stop": URGENT_RULE,
  "version.activate": { threshold: "quorum", delay: "versionDelay", veto: false },
  "kind.withdraw": SET_RULE,
  "kind.restore": SET_RULE,
  "fund.spend": FUND_RULE,
  fundBps: FUND_RULE,
  "arbiter.add": FUND_RULE,
  "arbiter.remove": FUND_RULE,
};

const NOTHING = new Uint8Array(0);

/** What it is about: of one kind only one proposal at a time is about the same. */
function targetOf(action: Action): Uint8Array {
  switch (action.kind) {
    case "params.set":
      return encode(integer(1, 65_535), action.parameter);
    case "role.grant":
    case "role.withdraw":
      return concatBytes(action.participant, encode(roleSchema, action.role));
    case "currency.license":
    case "currency.pause":
    case "currency.resume":
      return utf8ToBytes(action.currency);
    case "fund.spend":
      return concatBytes(action.to, utf8ToBytes(action.currency));
    case "kind.withdraw":
    case "kind.restore":
      return encode(operation.operation, action.operation);
    case "version.activate":
    case "fundBps":
      return NOTHING;
    default:
      return action.participant;
  }
}

/** Its place in `openProposals`. */
export function slotOf(action: Action): { readonly action: number; readonly target: Uint8Array } {
  return { action: ACTION_KINDS[action.kind][0], target: targetOf(action) };
}
