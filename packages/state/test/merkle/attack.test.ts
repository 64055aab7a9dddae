import { copyBytes } from "@touchmark/core";
import { verifyProof } from "@touchmark/state";
import { describe, expect, test } from "vitest";
import { attack, type Verify } from "./attack.ts";
import { keyWithHash, toHex } from "./world.ts";

/** Takes the bits with zero bytes behind them. */
const takesAnotherForm: Verify = (hasher, root, claim, proof) => {
  let bytes = proof.filled.length;
  while (bytes > 0 && proof.filled[bytes - 1] === 0) bytes--;
  return verifyProof(hasher, root, claim, { ...proof, filled: copyBytes(proof.filled, 0, bytes) });
};

/** Believes that a key is absent wherever it is shown another leaf. */
const takesAnyLeaf: Verify = (hasher, root, claim, proof) => {
  if (proof.kind !== "occupied") return verifyProof(hasher, root, claim, proof);
  const beside = proof.keyHash.slice();
  beside[31] = (beside[31] ?? 0) ^ 1;
  return verifyProof(hasher, root, { ...claim, key: keyWithHash(toHex(beside)) }, proof);
};

/** Doesn't ask whether presence or absence is claimed. */
const takesAnyKind: Verify = (hasher, root, claim, proof) => {
  const value = proof.kind === "present" ? (claim.value ?? new Uint8Array()) : undefined;
  return verifyProof(hasher, root, { ...claim, value }, proof);
};

describe("forged proofs", () => {
  test("T-7 T-8 of ten thousand forgeries none shows what isn't so", () => {
    const { refused, undecoded, harmless } = attack(1, 10_000);
    const total = [...refused.values()].reduce((sum, count) => sum + count, 0);
    expect(total + undecoded + harmless).toBe(10_000);
    expect(total).toBeGreaterThan(7_000);
    // Every reason there is was needed.
    expect([...refused.keys()].sort()).toEqual([
      "PROOF_COLLAPSED",
      "PROOF_FORM",
      "PROOF_OTHER_KIND",
      "PROOF_OTHER_LEAF",
      "PROOF_ROOT",
    ]);
  });

  test.each([
    ["takes another form", takesAnotherForm],
    ["takes any leaf", takesAnyLeaf],
    ["takes any kind", takesAnyKind],
  ])("T-7 T-8 a verifier that %s is found out", (_, verify) => {
    expect(() => attack(1, 10_000, verify)).toThrow(/^seed 1, forgery \d+ passed/);
  });
});
