import { bytesToHex, type Digest, equalBytes, type Height } from "@touchmark/core";
import type { FinalBody } from "../messages.ts";
import type { ReplicaState } from "../replica-state.ts";

/** Final heights whose FINALs are still compared when they come late. */
const LATE_HEIGHTS = 64;

function sameDigest(a: Digest | undefined, b: Digest | undefined): boolean {
  return a === undefined || b === undefined ? a === b : equalBytes(a, b);
}

/** What FINAL says of a height, by name, where two of them say different things. */
export function differingFields(a: FinalBody, b: FinalBody): readonly string[] {
  const pairs = [
    ["digest", a.digest, b.digest],
    ["blockHash", a.blockHash, b.blockHash],
    ["stateRoot", a.stateRoot, b.stateRoot],
    ["nextValidatorsHash", a.nextValidatorsHash, b.nextValidatorsHash],
    ["liveHash", a.liveHash, b.liveHash],
  ] as const;
  return pairs.flatMap(([name, one, other]) => (sameDigest(one, other) ? [] : [name]));
}

/** P-3: why this replica must not go on, in words that lead to the first differing key. */
export function splitDiagnosis(ours: FinalBody, theirs: FinalBody): string {
  const [our, their] = [ours.stateRoot, theirs.stateRoot].map(bytesToHex);
  const fields = differingFields(ours, theirs).join(", ");
  return `state differs after height ${ours.height} in ${fields}: our root ${our}, theirs ${their}`;
}

/**
 * P-3: whatever is said of the state after a height, by FINALs, by certificates and by this replica itself, is
 * compared with what was said first; a difference is an alarm on every node, whoever is wrong.
 */
export class SplitAlarm {
  private readonly state: ReplicaState;
  /** P-6: heights in (final - LATE_HEIGHTS, final + 2W]; nothing once the alarm was raised. */
  private readonly first = new Map<Height, FinalBody | undefined>();

  constructor(state: ReplicaState) {
    this.state = state;
  }

  note(said: FinalBody): void {
    const { finalHeight, params, out } = this.state;
    const { height } = said;
    const oldest = finalHeight - LATE_HEIGHTS;
    if (height <= oldest || height > finalHeight + 2 * params.window) return;
    if (!this.first.has(height)) {
      for (const known of this.first.keys()) if (known <= oldest) this.first.delete(known);
      this.first.set(height, said);
      return;
    }
    const first = this.first.get(height);
    if (first === undefined) return;
    const fields = differingFields(first, said);
    if (fields.length === 0) return;
    this.first.set(height, undefined);
    out.observe({ kind: "stateSplit", height, fields });
  }
}
