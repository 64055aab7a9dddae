import * as core from "@touchmark/core";

/** One schema of every form, nested as the project's own are; tests draw their values from here. */
const point = core.tuple({ x: core.integer(-1_000_000, 1_000_000), y: core.integer(0, 255) });

const shape = core.variant({
  circle: [1, { centre: point, radius: core.Amount.schema }],
  line: [2, { points: core.list(point, 2, 9), closed: core.boolean }],
  label: [300, { words: core.text(0, 40), digest: core.optional(core.digestSchema) }],
  none: [7, {}],
});

const envelope = core.tuple({
  chainId: core.text(1, 64),
  sender: core.binary(32),
  owner: core.optional(core.idSchema("acct")),
  at: core.Nanos.schema,
  count: core.integer(0, Number.MAX_SAFE_INTEGER),
  depth: core.integer(-Number.MAX_SAFE_INTEGER, 0),
  shapes: core.list(shape, 0, 64),
  blob: core.binary(0, 70_000),
  note: core.text(0, 70_000),
});

export const zoo = { point, shape, envelope };

export type Envelope = core.ValueOf<typeof envelope>;
type Point = core.ValueOf<typeof point>;
type Shape = core.ValueOf<typeof shape>;

/** Numbers near the edges of MessagePack's forms turn up far more often than chance would have them. */
const EDGES = [0, 1, 31, 32, 127, 128, 255, 256, 65_535, 65_536, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1];

function natural(prng: core.Prng, most: number): number {
  const edge = prng.pick(EDGES) + prng.between(-1, 1);
  if (edge >= 0 && edge <= most && prng.chance(0.7)) return edge;
  return Math.min(most, Math.floor(prng.fraction() * most));
}

function drawPoint(prng: core.Prng): Point {
  const x = natural(prng, 1_000_000);
  return { x: prng.chance(0.5) ? x : x === 0 ? 0 : -x, y: natural(prng, 255) };
}

const WORDS = ["", "ore", "Prägung", "鋼", "🔩", "line\nbreak", "a".repeat(31), "b".repeat(32)];

export function drawShape(prng: core.Prng): Shape {
  switch (prng.below(4)) {
    case 0:
      return { kind: "circle", centre: drawPoint(prng), radius: core.Amount.of(natural(prng, 2 ** 53 - 1)) };
    case 1: {
      const points = Array.from({ length: prng.between(2, 9) }, () => drawPoint(prng));
      return { kind: "line", points, closed: prng.chance(0.5) };
    }
    case 2: {
      const digest = prng.chance(0.5) ? core.toDigest(prng.bytes(32)) : undefined;
      return { kind: "label", words: prng.pick(WORDS), digest };
    }
    default:
      return { kind: "none" };
  }
}

export function drawEnvelope(prng: core.Prng): Envelope {
  const depth = natural(prng, 2 ** 53 - 1);
  const long = prng.chance(0.01);
  return {
    chainId: prng.pick(["demo", "consortium-0a1b2c3d4e5f6071"]),
    sender: prng.bytes(32),
    owner: prng.chance(0.5) ? core.toId("acct", prng.bytes(20)) : undefined,
    at: core.Nanos.of(prng.chance(0.5) ? prng.u64() : BigInt(natural(prng, 2 ** 53 - 1))),
    count: natural(prng, Number.MAX_SAFE_INTEGER),
    depth: depth === 0 ? 0 : -depth,
    shapes: Array.from({ length: prng.below(prng.chance(0.1) ? 65 : 4) }, () => drawShape(prng)),
    blob: prng.bytes(natural(prng, long ? 70_000 : 300)),
    note: prng.pick(WORDS).repeat(prng.below(long ? 2_000 : 9)),
  };
}
