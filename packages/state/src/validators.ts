/**
 * L-19: who validates, as far as the state decides it. Governance (2b §11) calls the functions below from its
 * operations; the engine turns the set at the first block of an epoch, and tells consensus what it wants next.
 *
 * A key's way: admitted → WAITING → (its lane has a place beside the set's) JOINING → (declares itself ready, not
 * before its lane has run for the life of a stamp) READY → (next epoch) ACTIVE → LEAVING or SUSPENDED → (next epoch)
 * gone. At most max(1, f) lanes of joiners run, as many come, and as many go with one epoch. A suspended one stays in
 * the set, and so in n, until it is removed or replaced.
 */
import {
  addNanos,
  assert,
  compareBytes,
  Epoch,
  equalBytes,
  Height,
  list,
  must,
  Nanos,
  optional,
  tuple,
  type ValueOf,
} from "@touchmark/core";
import { choice } from "./choice.ts";
import { type Keyspace, keyspace, type StateView } from "./keyspace.ts";
import { acct, publicKey } from "./machines/identity/records.ts";
import { STAMP_TTL } from "./parameters.ts";
import { check, refuse } from "./refusal.ts";
import { ONLY_KEY, ONLY_SCHEMA } from "./versions.ts";

/** The largest set that consensus takes. */
export const VALIDATORS_MAX = 31;
/** Validators and joiners together. */
const MEMBERS_MAX = 64;

const validatorRecord = tuple({
  participant: acct,
  status: choice(["JOINING", "READY", "ACTIVE", "LEAVING", "SUSPENDED", "WAITING"]),
  /** When it was admitted; joiners come in that order. */
  since: Nanos.schema,
  /** When the joiner's lane got its place beside the set's. */
  runsSince: optional(Nanos.schema),
  /** The key that leaves when this one comes. */
  replaces: optional(publicKey),
  suspendedAt: optional(Height.schema),
});
type ValidatorRecord = ValueOf<typeof validatorRecord>;
export const validators = keyspace("validators", publicKey, validatorRecord);

/** Keys ascending: the set of the epoch, and everyone with a record. */
const setRecord = tuple({
  epoch: Epoch.schema,
  current: list(publicKey, 1, VALIDATORS_MAX),
  members: list(publicKey, 1, MEMBERS_MAX),
});
type SetRecord = ValueOf<typeof setRecord>;
export const validatorSet = keyspace("validatorSet", ONLY_SCHEMA, setRecord);

/** What these functions need of a context or an overlay. */
export interface StateWriter extends StateView {
  put<K, V>(space: Keyspace<K, V>, key: K, value: V): void;
  remove<K>(space: Keyspace<K, unknown>, key: K): void;
}

export interface Member extends ValidatorRecord {
  readonly key: Uint8Array;
}

export function setOf(state: StateView): SetRecord {
  return must(state.get(validatorSet, ONLY_KEY), "the set of validators");
}

export function membersOf(state: StateView): readonly Member[] {
  return setOf(state).members.map((key) => ({
    key,
    ...must(state.get(validators, key), "a member's record"),
  }));
}

/** How many may come, and how many may go, with one epoch. */
export function changesMax(n: number): number {
  return Math.max(1, Math.floor((n - 1) / 3));
}

/**
 * Who was voted in comes before who only changes its own key, since nobody needs a vote for that; then first admitted,
 * first served; then by key.
 */
function byAdmission(a: Member, b: Member): number {
  const [isOwnA, isOwnB] = [a.replaces !== undefined, b.replaces !== undefined];
  if (isOwnA !== isOwnB) return isOwnA ? 1 : -1;
  if (a.since !== b.since) return a.since < b.since ? -1 : 1;
  return compareBytes(a.key, b.key);
}

function isIn(keys: readonly Uint8Array[], key: Uint8Array): boolean {
  return keys.some((it) => equalBytes(it, key));
}

/** The set that the next epoch has if it begins now, ascending. */
export function wantedValidators(state: StateView): readonly Uint8Array[] {
  const { current } = setOf(state);
  const members = membersOf(state);
  const most = changesMax(current.length);
  const ready = members.filter((it) => it.status === "READY").sort(byAdmission);
  const leaving = members.filter((it) => it.status === "LEAVING").sort(byAdmission);
  const coming: Member[] = [];
  const going: Uint8Array[] = [];
  for (const member of ready) {
    if (coming.length === most) break;
    if (member.replaces === undefined) {
      if (current.length + coming.length < VALIDATORS_MAX) coming.push(member);
    } else if (going.length < most) {
      coming.push(member);
      going.push(member.replaces);
    }
  }
  for (const { key } of leaving) {
    if (going.length === most) break;
    // Nobody leaves a set that would be empty without it.
    if (!isIn(going, key) && current.length - going.length + coming.length > 1) going.push(key);
  }
  const staying = current.filter((key) => !isIn(going, key));
  return [...staying, ...coming.map((it) => it.key)].sort(compareBytes);
}

/** Keys whose lanes run beside the set's (E-1 of agreement), ascending. */
export function joinersOf(state: StateView): readonly Uint8Array[] {
  return membersOf(state)
    .filter(isJoining)
    .map((it) => it.key)
    .sort(compareBytes);
}

function isJoining({ status }: ValidatorRecord): boolean {
  return status === "JOINING" || status === "READY";
}

/**
 * At the end of each block. E-1, E-2 of agreement: of a joiner whose lane doesn't run in the cuts nobody can say that
 * it has missed nothing. So its time counts from when it gets one of the max(1, f) places, and anew if it loses that
 * to a smaller set. `now` is the block's own time: a timer's may be long over when it runs (L-11).
 */
export function placeJoiners(state: StateWriter, now: Nanos): void {
  const most = changesMax(setOf(state).current.length);
  const members = membersOf(state);
  const running = members.filter(isJoining).sort(byAdmission);
  for (const { key, ...record } of running.slice(most)) {
    state.put(validators, key, { ...record, status: "WAITING", runsSince: undefined });
  }
  const waiting = members.filter((it) => it.status === "WAITING").sort(byAdmission);
  for (const { key, ...record } of waiting.slice(0, Math.max(0, most - running.length))) {
    state.put(validators, key, { ...record, status: "JOINING", runsSince: now });
  }
}

export function suspendedOf(state: StateView): readonly Uint8Array[] {
  return membersOf(state)
    .filter((it) => it.suspendedAt !== undefined)
    .map((it) => it.key);
}

/** Whether a validator was suspended at this height: then the epoch ends soon. */
export function suspendsAt(state: StateView, height: Height): boolean {
  return membersOf(state).some((it) => it.suspendedAt === height);
}

/** The first block of an epoch: what was wanted at the end of the last one is the set. */
export function turnEpoch(state: StateWriter, epoch: Epoch): void {
  const set = setOf(state);
  assert(epoch >= set.epoch, "epochs don't go back");
  if (epoch === set.epoch) return;
  const current = wantedValidators(state);
  const members: Uint8Array[] = [];
  for (const { key, ...record } of membersOf(state)) {
    const hasLeft = isIn(set.current, key) && !isIn(current, key);
    if (hasLeft) {
      state.remove(validators, key);
      continue;
    }
    members.push(key);
    const hasCome = isIn(current, key) && !isIn(set.current, key);
    if (hasCome) state.put(validators, key, { ...record, status: "ACTIVE", replaces: undefined });
  }
  state.put(validatorSet, ONLY_KEY, { epoch, current, members });
}

interface Admission {
  readonly key: Uint8Array;
  readonly participant: ValidatorRecord["participant"];
  readonly now: Nanos;
  readonly replaces?: Uint8Array;
}

/** Governance: a key may join. */
export function admitValidator(state: StateWriter, { key, participant, now, replaces }: Admission): void {
  const set = setOf(state);
  check(state.get(validators, key) === undefined, "DUPLICATE");
  check(set.members.length < MEMBERS_MAX, "TOO_MANY_OPEN");
  if (replaces !== undefined) {
    check(isIn(set.current, replaces), "NOT_FOUND");
    check(replacementOf(state, replaces) === undefined, "DUPLICATE");
  }
  state.put(validators, key, {
    participant,
    status: "WAITING",
    since: now,
    runsSince: undefined,
    replaces,
    suspendedAt: undefined,
  });
  state.put(validatorSet, ONLY_KEY, { ...set, members: [...set.members, key].sort(compareBytes) });
}

/** The key that is on its way in for this one. */
function replacementOf(state: StateView, replaced: Uint8Array): Member | undefined {
  return membersOf(state).find((it) => it.replaces !== undefined && equalBytes(it.replaces, replaced));
}

/** `validator.ready`: the joiner has followed the chain for the life of a stamp. */
export function declareReady(state: StateWriter, key: Uint8Array, now: Nanos): void {
  const record = state.get(validators, key) ?? refuse("NOT_FOUND");
  const { status, runsSince } = record;
  check(status === "JOINING" && runsSince !== undefined, "WRONG_STATUS");
  check(now >= addNanos(runsSince, STAMP_TTL), "NOT_YET_VALID");
  state.put(validators, key, { ...record, status: "READY" });
}

/**
 * Governance: a validator goes with the next epoch, and what would replace it goes at once: else a removal would be
 * answered with another key. One that hasn't come yet goes at once.
 */
export function removeValidator(state: StateWriter, key: Uint8Array): void {
  const record = state.get(validators, key) ?? refuse("NOT_FOUND");
  dropReplacement(state, key);
  if (isIn(setOf(state).current, key)) state.put(validators, key, { ...record, status: "LEAVING" });
  else dropMember(state, key);
}

function dropMember(state: StateWriter, key: Uint8Array): void {
  const set = setOf(state);
  state.remove(validators, key);
  const members = set.members.filter((it) => !equalBytes(it, key));
  state.put(validatorSet, ONLY_KEY, { ...set, members });
}

function dropReplacement(state: StateWriter, key: Uint8Array): void {
  const replacement = replacementOf(state, key);
  if (replacement !== undefined) dropMember(state, replacement.key);
}

/**
 * `evidence.submit`: from the next epoch on its lane is dead, and its operator doesn't come back with a key that was
 * on its way in already: only a vote brings it back.
 */
export function suspendValidator(state: StateWriter, key: Uint8Array, height: Height): void {
  const record = state.get(validators, key) ?? refuse("NOT_FOUND");
  check(record.suspendedAt === undefined, "DUPLICATE");
  if (!isIn(setOf(state).current, key)) {
    removeValidator(state, key);
    return;
  }
  dropReplacement(state, key);
  const status = record.status === "ACTIVE" ? "SUSPENDED" : record.status;
  state.put(validators, key, { ...record, status, suspendedAt: height });
}
