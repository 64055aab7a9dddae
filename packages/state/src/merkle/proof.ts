import {
  assertNever,
  type Brand,
  type Digest,
  equalBytes,
  type Hasher,
  isRejection,
  type Result,
  reject,
  type ValueOf,
  variant,
} from "@touchmark/core";
import {
  bitAt,
  EMPTY,
  isLeafDigest,
  type KeyHash,
  keyHashOf,
  keyHashSchema,
  leafDigest,
  type StateRoot,
  valueHashOf,
  valueHashSchema,
} from "./digest.ts";
import { climb, judgePath, lastSibling, pathFields } from "./path.ts";

/**
 * That a key has a value in a state, or that it has none, for whoever has only the state's root. Needs no
 * tree, and no trust in who made the proof: a light client imports this file with the hasher that it has.
 */
export const stateProof = variant({
  /** The key's own leaf is at the end of the way. */
  present: [0, pathFields],
  /** T-8: nothing is. */
  vacant: [1, pathFields],
  /** T-8: the leaf of another key is, which would be further up if it weren't alone in this subtree. */
  occupied: [2, { ...pathFields, keyHash: keyHashSchema, valueHash: valueHashSchema }],
});

export type StateProof = ValueOf<typeof stateProof>;

export type ProofCode =
  /** The path isn't in its one form. */
  | "PROOF_FORM"
  /** Presence is claimed and absence shown, or the other way round. */
  | "PROOF_OTHER_KIND"
  /** The other leaf is the key's own, or doesn't stand on the key's way. */
  | "PROOF_OTHER_LEAF"
  /** No tree has such a node: it would have been replaced by the one leaf below it. */
  | "PROOF_COLLAPSED"
  | "PROOF_ROOT";

export interface Claim {
  readonly key: Uint8Array;
  /** None: that the key has no value. */
  readonly value: Uint8Array | undefined;
}

/** A claim that a proof has shown. */
export type ProvenClaim = Brand<Claim, "ProvenClaim">;

function sharesWay(a: KeyHash, b: KeyHash, depth: number): boolean {
  for (let at = 0; at < depth; at++) if (bitAt(a, at) !== bitAt(b, at)) return false;
  return true;
}

/** What must stand at the end of the way for the claim to be true. */
function endOf(
  hasher: Hasher,
  keyHash: KeyHash,
  { value }: Claim,
  proof: StateProof,
  depth: number,
): Result<Digest, ProofCode> {
  if ((value !== undefined) !== (proof.kind === "present")) {
    return reject("PROOF_OTHER_KIND", { kind: proof.kind });
  }
  switch (proof.kind) {
    case "present":
      return value === undefined
        ? EMPTY
        : leafDigest(hasher, { keyHash, valueHash: valueHashOf(hasher, value) });
    case "vacant":
      return depth > 0 && isLeafDigest(lastSibling(proof)) ? reject("PROOF_COLLAPSED", { depth }) : EMPTY;
    case "occupied": {
      const isOther = !equalBytes(proof.keyHash, keyHash) && sharesWay(proof.keyHash, keyHash, depth);
      return isOther ? leafDigest(hasher, proof) : reject("PROOF_OTHER_LEAF", { depth });
    }
    default:
      return assertNever(proof);
  }
}

/** T-7, T-8: the claim as a proven one, or why the proof doesn't show it under this root. */
export function verifyProof(
  hasher: Hasher,
  root: StateRoot,
  claim: Claim,
  proof: StateProof,
): Result<ProvenClaim, ProofCode> {
  const depth = judgePath(proof);
  if (isRejection(depth)) return depth;
  const keyHash = keyHashOf(hasher, claim.key);
  const end = endOf(hasher, keyHash, claim, proof, depth);
  if (isRejection(end)) return end;
  if (!equalBytes(climb(hasher, keyHash, depth, end, proof), root)) return reject("PROOF_ROOT", { depth });
  // biome-ignore lint/nursery/noUnsafeTypeAssertion: all that ProvenClaim stands for was checked above
  return claim as ProvenClaim;
}
