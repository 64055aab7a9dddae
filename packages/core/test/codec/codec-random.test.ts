import * as core from "@touchmark/core";
import { expect, test } from "vitest";
import { drawEnvelope, drawShape, zoo } from "./zoo.ts";

/** W-6: what decoding may cost, in steps for each byte of input. */
const STEPS_PER_BYTE_MAX = 8;
const INPUTS = 1_000_000;
/** Another seed makes other inputs: TOUCHMARK_SEED=7. */
const SEED = Number(process.env["TOUCHMARK_SEED"] || 1);

const SEEDS_KEPT = 2_000;

function mutate(prng: core.Prng, original: Uint8Array, other: Uint8Array): Uint8Array {
  const bytes = original.slice();
  const at = prng.below(Math.max(bytes.length, 1));
  switch (prng.below(8)) {
    case 0:
      return bytes;
    case 1:
      bytes[at] = prng.below(256);
      return bytes;
    case 2:
      bytes[at] = core.byteAt(bytes, at) ^ (1 << prng.below(8));
      return bytes;
    case 3:
      return bytes.subarray(0, at);
    case 4:
      return core.concatBytes(bytes.subarray(0, at), prng.bytes(prng.between(1, 9)), bytes.subarray(at));
    case 5:
      return core.concatBytes(bytes.subarray(0, at), other.subarray(prng.below(other.length)));
    case 6:
      // A leading byte of MessagePack in place of whatever stood there.
      bytes[at] = prng.between(0xc0, 0xdf);
      return bytes;
    default:
      return prng.bytes(prng.below(64));
  }
}

test(`W-1, W-6 a million random and mutated inputs decode to what encodes to the same bytes, or are refused (TOUCHMARK_SEED=${SEED})`, () => {
  const prng = new core.Prng(SEED);
  const schemas = [zoo.envelope, zoo.shape, zoo.point] as const;
  const originals = Array.from({ length: SEEDS_KEPT }, (_, i) =>
    i % 2 === 0 ? core.encode(zoo.envelope, drawEnvelope(prng)) : core.encode(zoo.shape, drawShape(prng)),
  );
  const refused = new Map<string, number>();
  let decoded = 0;
  let slowest = 0;
  let slowestBytes = 0;
  let mostSteps = 0;
  for (let i = 0; i < INPUTS; i++) {
    const index = prng.below(SEEDS_KEPT);
    const original = core.must(originals[index], "original");
    const input = mutate(prng, original, core.must(originals[(index + 1) % SEEDS_KEPT], "other"));
    const schema: core.Schema<unknown> = prng.chance(0.9)
      ? schemas[index % 2 === 0 ? 0 : 1]
      : prng.pick<core.Schema<unknown>>(schemas);
    const start = performance.now();
    const { value, steps } = core.decodeCounting(schema, input);
    const took = performance.now() - start;
    if (took > slowest) [slowest, slowestBytes] = [took, input.length];
    if (steps > STEPS_PER_BYTE_MAX * input.length)
      throw new Error(`${steps} steps for ${input.length} bytes`);
    if (input.length > 0) mostSteps = Math.max(mostSteps, steps / input.length);
    if (core.isRejection(value)) {
      refused.set(value.code, (refused.get(value.code) ?? 0) + 1);
      continue;
    }
    decoded++;
    if (!core.equalBytes(core.encode(schema, value), input)) {
      throw new Error(`not canonical: ${core.bytesToHex(input)}`);
    }
  }
  const codes = [...refused].sort().map(([name, count]) => `${name} ${count}`);
  process.stdout.write(
    `codec: ${INPUTS} inputs, TOUCHMARK_SEED=${SEED}: ${decoded} decoded, ${codes.join(", ")}; ` +
      `most steps per byte ${mostSteps.toFixed(2)}; slowest ${slowest.toFixed(2)} ms (${slowestBytes} bytes)\n`,
  );
  expect(decoded).toBeGreaterThan(INPUTS / 20);
  // Every code but those of refinement and of unknown fields, which bytes alone can't provoke here.
  expect([...refused.keys()].sort()).toEqual([
    "CODEC_LENGTH",
    "CODEC_NON_CANONICAL",
    "CODEC_RANGE",
    "CODEC_TEXT",
    "CODEC_TRAILING",
    "CODEC_TRUNCATED",
    "CODEC_TYPE",
    "CODEC_UNKNOWN_KIND",
  ]);
}, 120_000);
