import * as core from "@touchmark/core";
import { nativeVerifier } from "@touchmark/core/native";
import { describe, expect, test } from "vitest";
import * as consensus from "../../src/index.ts";
import { CHAIN, committeeOf, digestOf, EPOCH, SAMPLES, signerAt, verifierOf } from "./signed-world.ts";

const VERIFIER = verifierOf();
const verdict = (message: consensus.Message, verifier = VERIFIER): string => {
  const result = verifier.verify(message);
  return core.isRejection(result) ? result.code : "verified";
};

/** Whether anybody has to sign a message of this kind at all. */
const UNSIGNED = new Set("offer askBatches askCut cut askBlock ping askSnapshot askPieces piece".split(" "));
const SIGNED = Object.entries(SAMPLES).filter(([, message]) => !UNSIGNED.has(message.kind));

describe("a good message", () => {
  test.each(Object.entries(SAMPLES))("M-2 %s is verified, and is the same object", (_, message) => {
    expect(VERIFIER.verify(message)).toBe(message);
  });

  test("M-2 of a few kinds is verified by the portable implementation too", () => {
    const portable = verifierOf(CHAIN, core.portableVerifier);
    for (const name of ["batch", "prepare", "finality"])
      expect(verdict(core.must(SAMPLES[name], "sample"), portable)).toBe("verified");
  });
});

describe("another chain, another epoch", () => {
  test.each(SIGNED)("M-1 %s of another chain has no good signature here", (_, message) => {
    const other = verifierOf({ ...CHAIN, chainId: "golden-chaim" });
    // Where a certificate names a cut by its digest, that is seen first.
    expect(["BAD_SIGNATURE", "CERTIFICATE_MISMATCH"]).toContain(verdict(message, other));
  });

  test.each(SIGNED)(
    "M-2 %s of an epoch whose set is unknown can't be judged, but for a lane's own batches",
    (_, message) => {
      const none = new consensus.MessageVerifier(CHAIN, () => undefined, {
        verify: () => true,
        verifyBatch: (items) => new Uint8Array(items.length).fill(1),
      });
      const byItself = message.kind === "batch" || message.kind === "evidence";
      expect(verdict(message, none)).toBe(byItself ? "verified" : "UNKNOWN_EPOCH");
    },
  );

  test.each(SIGNED)(
    "M-1 %s under another epoch, even of the same set, has no good signature",
    (_, message) => {
      const sameSet = new consensus.MessageVerifier(
        CHAIN,
        (epoch) =>
          epoch <= EPOCH + 1 ? new consensus.Committee(epoch, committeeOf(EPOCH)?.keys ?? []) : undefined,
        nativeVerifier,
      );
      const bumped = bumpEpochs(message) as consensus.Message;
      expect(["BAD_SIGNATURE", "CERTIFICATE_MISMATCH"]).toContain(verdict(bumped, sameSet));
    },
  );
});

function bumpEpochs(value: unknown): unknown {
  if (value instanceof Uint8Array || typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(bumpEpochs);
  return Object.fromEntries(
    Object.entries(value).map(([name, it]) => [name, name === "epoch" ? Number(it) + 1 : bumpEpochs(it)]),
  );
}

/** The message with one leaf of it changed, for each leaf; with the leaf's path. */
function* tampered(value: unknown, path = ""): Generator<readonly [path: string, value: unknown]> {
  if (value instanceof Uint8Array) {
    for (const at of [0, value.length - 1]) {
      const bytes = value.slice();
      bytes[at] = core.byteAt(bytes, at) ^ 1;
      yield [`${path}(${at})`, bytes];
    }
  } else if (typeof value === "number") yield [path, path.endsWith("validator") ? value ^ 1 : value + 1];
  else if (typeof value === "bigint") yield [path, value + 1n];
  else if (Array.isArray(value)) {
    for (const [i, item] of value.entries())
      for (const [at, it] of tampered(item, `${path}[${i}]`)) yield [at, value.with(i, it)];
    if (value.length > 0) yield [`${path} shorter`, value.slice(0, -1)];
    if (value.length > 0) yield [`${path} longer`, [...value, value[value.length - 1]]];
    if (value.length > 1) yield [`${path} turned`, value.toReversed()];
  } else if (typeof value === "object" && value !== null) {
    for (const [name, item] of Object.entries(value)) {
      if (name === "kind") continue;
      for (const [at, it] of tampered(item, `${path}.${name}`)) yield [at, { ...value, [name]: it }];
    }
  }
}

describe("tampering", () => {
  test.each(SIGNED)("M-1, M-2 any one field of %s that is changed makes it refused", (_, message) => {
    let count = 0;
    for (const [path, value] of tampered(message)) {
      const changed = core.validate(consensus.message, value);
      // Which batches come with a block is free: each is asked for by name, or held by its digest.
      if (core.isRejection(changed) || (message.kind === "block" && path.startsWith(".batches "))) continue;
      count++;
      if (verdict(changed) === "verified") throw new Error(`${path} may be changed`);
    }
    expect(count).toBeGreaterThan(3);
  });

  test("M-1, M-2 no flipped bit of a signed message's bytes leaves it verified", () => {
    const prng = new core.Prng(5);
    let judged = 0;
    for (const [name, message] of SIGNED) {
      const bytes = core.encode(consensus.message, message);
      for (let i = 0; i < 400; i++) {
        const at = prng.below(bytes.length);
        const flipped = bytes.slice();
        flipped[at] = core.byteAt(flipped, at) ^ (1 << prng.below(8));
        const value = core.decode(consensus.message, flipped);
        if (core.isRejection(value) || UNSIGNED.has(value.kind)) continue;
        judged++;
        if (verdict(value) === "verified") throw new Error(`${name}: byte ${at}`);
      }
    }
    expect(judged).toBeGreaterThan(3_000);
  });

  test("M-1 a signature made for one purpose serves no other", () => {
    const prepare = core.must(SAMPLES["prepare"], "sample");
    expect(verdict({ ...prepare, kind: "commit" } as consensus.Message)).toBe("BAD_SIGNATURE");
  });

  test("M-1 what signs no digest of ours verifies nowhere", () => {
    const raw = signerAt(2).sign(digestOf("anything"));
    const prepare = core.must(SAMPLES["prepare"], "sample");
    expect(verdict({ ...prepare, signature: raw } as consensus.Message)).toBe("BAD_SIGNATURE");
  });
});
