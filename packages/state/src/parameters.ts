import { assert, DAY, HOUR, integer, MINUTE, Nanos, type Schema, SECOND, variant } from "@touchmark/core";
import { keyspace } from "./keyspace.ts";

/**
 * L-17: everything that members may change by vote, in one table: its number in the state, its default, the
 * bounds that no vote can pass, and by which kind of proposal it changes. What stands in no table can't be
 * changed but by a new version of the program.
 */
interface NumberParameter {
  readonly number: number;
  readonly unit: "number";
  readonly standard: number;
  readonly least: number;
  readonly most: number;
  readonly by: ChangedBy;
}

interface DurationParameter {
  readonly number: number;
  readonly unit: "nanos";
  readonly standard: Nanos;
  readonly least: Nanos;
  readonly most: Nanos;
  readonly by: ChangedBy;
}

/** The kind of proposal (2b §11); nobody, where only genesis says it. */
type ChangedBy = "params.set" | "fundBps" | "genesis";

const BPS_MOST = 10_000;

function count<Name extends ChangedBy>(
  number: number,
  standard: number,
  [least, most]: readonly [number, number],
  by: Name,
): NumberParameter {
  return { number, unit: "number", standard, least, most, by };
}

function duration(
  number: number,
  standard: bigint,
  [least, most]: readonly [bigint, bigint],
  by: ChangedBy = "params.set",
): DurationParameter {
  return {
    number,
    unit: "nanos",
    standard: Nanos.of(standard),
    least: Nanos.of(least),
    most: Nanos.of(most),
    by,
  };
}

/** The TTL of stamps in consensus: no transaction may be executed twice, so nothing may outlive it. */
export const STAMP_TTL: Nanos = Nanos.of(5n * MINUTE);

/** L-9: the last so many nanoseconds count against a quota. */
export const QUOTA_PERIOD: Nanos = Nanos.of(20n * SECOND);

export const PARAMETERS = {
  // Transactions: 1 to 19.
  /** The longest from `at` to `validUntil`. */
  window: duration(1, 4n * MINUTE, [10n * SECOND, 4n * MINUTE]),
  /** How far a sender's clock may run ahead. */
  skew: duration(2, 30n * SECOND, [SECOND, 30n * SECOND]),
  /** L-9: operations of one participant within QUOTA_PERIOD. */
  quotaOps: count(4, 20_000, [100, 1_000_000], "params.set"),
  /** L-9: the same of all keys together that the state does not know. */
  strangerOps: count(5, 1_000, [0, 100_000], "params.set"),
  /** 1 where anybody may register, as unverified. */
  selfRegistration: count(6, 0, [0, 1], "params.set"),
  openObjectsMax: count(7, 10_000, [100, 1_000_000], "params.set"),
  // Identity: 20 to 39.
  rotationObjection: duration(20, 72n * HOUR, [HOUR, 30n * DAY]),
  suspensionTerm: duration(21, 30n * DAY, [DAY, 90n * DAY]),
  coldKeyDelay: duration(22, 72n * HOUR, [HOUR, 30n * DAY]),
  recoveryDelay: duration(23, 7n * DAY, [DAY, 30n * DAY]),
  recoverySecondDelay: duration(24, 14n * DAY, [DAY, 60n * DAY]),
  recoveryCooldown: duration(25, 30n * DAY, [DAY, 180n * DAY]),
  sessionMax: duration(26, 90n * DAY, [HOUR, 365n * DAY]),
  calibrationMax: duration(27, 730n * DAY, [DAY, 1_460n * DAY]),
  // Certification: 40 to 49.
  programmeMax: duration(40, 730n * DAY, [DAY, 1_460n * DAY]),
  applicationTerm: duration(41, 90n * DAY, [DAY, 365n * DAY]),
  accreditationMax: duration(42, 1_825n * DAY, [DAY, 3_650n * DAY]),
  // Materials: 50 to 59.
  lotWithdrawal: duration(50, 24n * HOUR, [HOUR, 7n * DAY]),
  // Payments: 60 to 79.
  holdMax: duration(60, 730n * DAY, [HOUR, 1_460n * DAY]),
  redemptionTerm: duration(61, 5n * DAY, [DAY, 30n * DAY]),
  attestationMax: duration(62, 90n * DAY, [DAY, 365n * DAY]),
  fundBps: count(63, 150, [0, 2_000], "fundBps"),
  // Designs: 80 to 89.
  claimTerm: duration(80, 30n * DAY, [DAY, 90n * DAY]),
  contestTerm: duration(81, 30n * DAY, [DAY, 90n * DAY]),
  // Orders and RFQs: 90 to 119.
  deadlineMax: duration(90, 730n * DAY, [DAY, 1_460n * DAY]),
  windowLeast: duration(91, 48n * HOUR, [HOUR, 7n * DAY]),
  windowMost: duration(92, 30n * DAY, [7n * DAY, 90n * DAY]),
  rulingTerm: duration(93, 14n * DAY, [DAY, 60n * DAY]),
  settlementDelay: duration(94, 72n * HOUR, [HOUR, 14n * DAY]),
  lateBpsMost: count(95, BPS_MOST, [0, BPS_MOST], "params.set"),
  revealLeast: duration(96, 10n * MINUTE, [MINUTE, DAY]),
  // Seals: 120 to 129.
  proofAge: duration(120, 5n * MINUTE, [MINUTE, 5n * MINUTE]),
  caseTerm: duration(121, 14n * DAY, [DAY, 60n * DAY]),
  reportBond: count(122, 1_000, [0, Number.MAX_SAFE_INTEGER], "params.set"),
  // Reputation: 130 to 139.
  reputationLeastValue: count(130, 100, [0, Number.MAX_SAFE_INTEGER], "params.set"),
  // Governance: 140 to 159.
  proposalTerm: duration(140, 14n * DAY, [HOUR, 90n * DAY]),
  parametersDelay: duration(141, 7n * DAY, [HOUR, 30n * DAY]),
  roleDelay: duration(142, DAY, [HOUR, 30n * DAY]),
  versionDelay: duration(143, 7n * DAY, [7n * DAY, 60n * DAY]),
  fundDelay: duration(144, 3n * DAY, [DAY, 30n * DAY]),
} as const satisfies Readonly<Record<string, NumberParameter | DurationParameter>>;

export type ParameterName = keyof typeof PARAMETERS;
export type ParameterValue<Name extends ParameterName> = (typeof PARAMETERS)[Name] extends DurationParameter
  ? Nanos
  : number;
export type Parameter = NumberParameter | DurationParameter;

export const PARAMETER_NAMES: readonly ParameterName[] = Object.keys(PARAMETERS).filter(isParameterName);

export function isParameterName(name: string): name is ParameterName {
  return Object.hasOwn(PARAMETERS, name);
}

export function parameterOf(name: ParameterName): Parameter {
  return PARAMETERS[name];
}

const valueFields = {
  number: [1, { value: integer(0, Number.MAX_SAFE_INTEGER) }],
  nanos: [2, { value: Nanos.schema }],
} as const;

/** A parameter's value as the state keeps it. */
export const parameterValueSchema = variant(valueFields);

export type StoredParameter =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "nanos"; readonly value: Nanos };

const KEY_MAX = 65_535;
const keySchema: Schema<number> = integer(1, KEY_MAX);

/** By the parameter's number; no leaf where it has its default. */
export const parameters = keyspace("parameters", keySchema, parameterValueSchema);

/** Whether this may be the parameter's value: of its unit, within the bounds that no vote can pass. */
export function isParameterValue(name: ParameterName, stored: StoredParameter): boolean {
  const parameter = parameterOf(name);
  if (stored.kind !== parameter.unit) return false;
  return stored.value >= parameter.least && stored.value <= parameter.most;
}

assert(
  new Set(PARAMETER_NAMES.map((name) => parameterOf(name).number)).size === PARAMETER_NAMES.length,
  "no two parameters share a number",
);
for (const name of PARAMETER_NAMES) {
  const { standard, least, most } = parameterOf(name);
  assert(standard >= least && standard <= most, `the default of ${name} is within its bounds`);
}
// L-4: replay marks live as long as stamps; what could run after they have gone must not exist.
assert(
  PARAMETERS.window.most + PARAMETERS.skew.most <= STAMP_TTL,
  "window and skew together never pass the life of a stamp",
);
