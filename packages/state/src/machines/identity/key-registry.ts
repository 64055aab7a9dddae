/** Keys as they come into the state: unique for ever, fit, and proven to be held. */
import {
  concatBytes,
  domainDigest,
  Epoch,
  encode,
  type SignatureAlgorithm,
  type ValueOf,
} from "@touchmark/core";
import type { Chain, Context } from "../../machine.ts";
import { check } from "../../refusal.ts";
import { keys } from "./records.ts";

const NO_EPOCH = Epoch.of(0);

/**
 * What the holder of a new key signs. It names what the key is for and the participant that it will serve, so that a
 * proof given once registers nothing else.
 */
export function possessionDigest(
  chain: Pick<Chain, "chainId" | "hasher">,
  owner: ValueOf<(typeof keys)["value"]>["kind"],
  key: Uint8Array,
  serves: Uint8Array,
): Uint8Array {
  const fields = concatBytes(encode(keys.key, key), serves);
  const type = `possession-${owner}`;
  return domainDigest(chain.hasher, { type, chainId: chain.chainId, epoch: NO_EPOCH }, fields);
}

interface NewKey {
  readonly algorithm: SignatureAlgorithm;
  readonly key: Uint8Array;
  readonly record: ValueOf<(typeof keys)["value"]>;
  /** What the proof names beside the key: the participant's id, or its legal digest where it has none yet. */
  readonly serves: Uint8Array;
  readonly proof: Uint8Array;
}

/** Takes a key into the state; refused with KEY_USED, KEY_UNFIT or POSSESSION_UNPROVEN. */
export function claimKey(ctx: Context, { algorithm, key, record, serves, proof }: NewKey): void {
  const { chain } = ctx;
  check(ctx.get(keys, key) === undefined, "KEY_USED");
  // W-26: asked here once, and never again.
  check(chain.isRegistrableKey(algorithm, key), "KEY_UNFIT");
  const message = possessionDigest(chain, record.kind, key, serves);
  const item = { algorithm, publicKey: key, message, signature: proof };
  check(chain.verifier.verify(item), "POSSESSION_UNPROVEN");
  ctx.put(keys, key, record);
}
