import {
  encode,
  equalBytes,
  isRegistrableKey,
  isRejection,
  must,
  Nanos,
  portableHasher,
  portableVerifier,
} from "@touchmark/core";
import { expect, test } from "vitest";
import { type GenesisBody, genesisSchema, initialStateOf } from "../../src/genesis.ts";
import { participants } from "../../src/machines/identity/records.ts";
import { MemoryStore, readAll } from "../../src/reader.ts";
import { genesisBodyOf, genesisBytesOf, genesisOf } from "../support/genesis.ts";
import { digestOf, keyOf } from "../support/parties.ts";

const ports = { hasher: portableHasher, verifier: portableVerifier, isRegistrableKey };

function codeFor(bytes: Uint8Array): string {
  const state = initialStateOf(ports, bytes);
  return isRejection(state) ? state.code : "ok";
}

const plain = genesisBodyOf();
const [first, second] = [must(plain.participants[0], "first"), must(plain.participants[1], "second")];

function withFirst(changes: Partial<typeof first>): Partial<GenesisBody> {
  return { participants: [{ ...first, ...changes }, ...plain.participants.slice(1)] };
}

const validator = must(plain.validators[0], "a validator");
const euro = must(plain.currencies[0], "a currency");

const REFUSED: readonly (readonly [what: string, code: string, changes: Partial<GenesisBody>])[] = [
  ["one key of two participants", "GENESIS_DUPLICATE", withFirst({ key: second.key })],
  ["a cold key that is a validator's", "GENESIS_DUPLICATE", withFirst({ coldKey: validator.key })],
  ["a currency twice", "GENESIS_DUPLICATE", { currencies: [euro, euro] }],
  ["an arbiter twice", "GENESIS_DUPLICATE", { arbiters: [keyOf("Arb"), keyOf("Arb")] }],
  ["a role twice", "GENESIS_DUPLICATE", withFirst({ roles: ["registrar", "registrar"] })],
  ["a fund that nobody is", "GENESIS_UNKNOWN_KEY", { fund: keyOf("nobody") }],
  ["an issuer that nobody is", "GENESIS_UNKNOWN_KEY", { currencies: [{ ...euro, issuer: keyOf("nobody") }] }],
  ["an issuer without the role", "GENESIS_ROLE", { currencies: [{ ...euro, issuer: keyOf("Cy") }] }],
  ["an arbiter without the role", "GENESIS_ROLE", { arbiters: [keyOf("Cy")] }],
  [
    "two seats of one legal person",
    "GENESIS_SEATS",
    { validators: plain.validators.map((it) => ({ ...it, participant: keyOf("Reg") })) },
  ],
  [
    "a parameter out of its bounds",
    "GENESIS_PARAMETER",
    { parameters: [{ number: 4, value: { kind: "number", value: 1 } }] },
  ],
  [
    "a parameter of another unit",
    "GENESIS_PARAMETER",
    { parameters: [{ number: 4, value: { kind: "nanos", value: Nanos.of(200n) } }] },
  ],
  [
    "a parameter that there isn't",
    "GENESIS_PARAMETER",
    { parameters: [{ number: 9_999, value: { kind: "number", value: 1 } }] },
  ],
  [
    "a parameter twice",
    "GENESIS_DUPLICATE",
    { parameters: [1, 2].map(() => ({ number: 6, value: { kind: "number", value: 1 } as const })) },
  ],
];

test.each(REFUSED)("L-20 %s is refused with %s", (_, code, changes) => {
  expect(codeFor(genesisBytesOf(changes))).toBe(code);
});

test("L-20 an issuer that attests itself is refused", () => {
  const changes = {
    participants: plain.participants.map((it) =>
      equalBytes(it.key, keyOf("Att")) ? { ...it, legalDigest: digestOf("register entry of Iss") } : it,
    ),
  };
  expect(codeFor(genesisBytesOf(changes))).toBe("GENESIS_ROLE");
});

test("L-20 each key must have signed its own entry under this chain's name", () => {
  const genesis = genesisOf(plain);
  const swapped = [
    must(genesis.proofs[1], "proof"),
    must(genesis.proofs[0], "proof"),
    ...genesis.proofs.slice(2),
  ];
  expect(codeFor(encode(genesisSchema, { ...genesis, proofs: swapped }))).toBe("GENESIS_PROOF");
  expect(codeFor(encode(genesisSchema, { ...genesis, proofs: genesis.proofs.slice(1) }))).toBe(
    "GENESIS_PROOF",
  );
  const renamed = { ...plain, name: "another" };
  expect(codeFor(encode(genesisSchema, { ...genesis, body: renamed }))).toBe("GENESIS_PROOF");
  const promoted = { ...plain, ...withFirst({ roles: ["registrar", "issuer"] }) };
  expect(codeFor(encode(genesisSchema, { ...genesis, body: promoted }))).toBe("GENESIS_PROOF");
});

test("L-20 a cold key signs too", () => {
  expect(codeFor(genesisBytesOf(withFirst({ coldKey: keyOf("cold key") })))).toBe("ok");
  const genesis = genesisOf({ ...plain, ...withFirst({ coldKey: keyOf("cold key") }) });
  const cold = plain.participants.length;
  const proofs = genesis.proofs.with(cold, must(genesis.proofs[0], "proof"));
  expect(codeFor(encode(genesisSchema, { ...genesis, proofs }))).toBe("GENESIS_PROOF");
});

test("L-20 a key with a part of small order is refused, as is anything that isn't one encoding", () => {
  const genesis = genesisOf(plain);
  const weak = new Uint8Array(32);
  weak[0] = 1;
  const body = { ...plain, ...withFirst({ key: weak }) };
  const fund = equalBytes(plain.fund, first.key) ? weak : plain.fund;
  expect(codeFor(encode(genesisSchema, { ...genesis, body: { ...body, fund } }))).toBe("GENESIS_KEY");
  expect(codeFor(genesisBytesOf().subarray(1))).toBe("GENESIS_MALFORMED");
  expect(codeFor(new Uint8Array())).toBe("GENESIS_MALFORMED");
  expect(() => genesisBytesOf({ name: "Big Name" })).toThrow("CODEC_REFUSED");
});

test("L-20 every byte of the body moves the chain's id, and proofs don't", () => {
  const idOf = (changes: Partial<GenesisBody>) => {
    const state = initialStateOf(ports, genesisBytesOf(changes));
    if (isRejection(state)) throw new Error(state.code);
    return state.chainId;
  };
  const changed = [
    {},
    { time: Nanos.of(plain.time + 1n) },
    { name: "storz" },
    withFirst({ country: "AT" }),
    { arbiters: [keyOf("Arb")] },
    { parameters: [{ number: 6, value: { kind: "number", value: 1 } as const }] },
  ];
  const ids = changed.map(idOf);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.every((id) => /^[a-z]+-[0-9a-f]{16}$/.test(id))).toBe(true);
});

test("L-20 participants begin verified, with the roles that genesis gives them", () => {
  const state = initialStateOf(ports, genesisBytesOf());
  if (isRejection(state)) throw new Error(state.code);
  const store = new MemoryStore();
  store.write(state.writes);
  const all = [...readAll(store, participants)].map(([, it]) => it);
  expect(all).toHaveLength(plain.participants.length);
  expect(all.every((it) => it.status === "VERIFIED" && it.openObjects === 0)).toBe(true);
  expect(all.find((it) => it.name === "Iss")?.roles).toEqual([
    { role: "issuer", by: undefined, until: undefined },
  ]);
  expect(state.validators).toEqual([...state.validators].sort(Buffer.compare));
});
