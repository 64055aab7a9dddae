import { encode, Nanos, portableHasher } from "@touchmark/core";
import { type Genesis, type GenesisBody, genesisEntryDigest, genesisSchema } from "../../src/genesis.ts";
import type { Role } from "../../src/machines/identity/records.ts";
import { digestOf, keyOf, signerOf } from "./parties.ts";

const GENESIS_TIME = Nanos.of(1_790_000_000_000_000_000n);

const ports = { hasher: portableHasher };

/** Everybody in the stories, with the roles that genesis gives them. */
const CAST: Readonly<Record<string, readonly Role[]>> = {
  Reg: ["registrar"],
  Reg2: ["registrar"],
  Std: ["standards"],
  Cert: ["certifier"],
  Cert2: ["certifier"],
  Aud: ["auditor"],
  Iss: ["issuer"],
  Att: ["attestor"],
  SealIss: ["sealIssuer"],
  Arb: ["arbiter"],
  Backup: ["arbiter"],
  Fund: [],
  Ada: ["designer"],
  Ben: ["designer"],
  Otto: ["maker"],
  Mia: ["maker"],
  Max: ["maker"],
  Moe: ["maker"],
  Sue: ["supplier"],
  Ivo: ["auditor"],
  Cy: [],
};

const VALIDATORS = ["Reg", "Reg2", "Cert", "Cert2"] as const;

export function genesisBodyOf(changes: Partial<GenesisBody> = {}): GenesisBody {
  return {
    name: "story",
    time: GENESIS_TIME,
    participants: Object.entries(CAST).map(([name, roles]) => ({
      key: keyOf(name),
      coldKey: undefined,
      legalDigest: digestOf(`register entry of ${name}`),
      name,
      country: "DE",
      roles,
    })),
    validators: VALIDATORS.map((name) => ({ key: keyOf(`validator of ${name}`), participant: keyOf(name) })),
    currencies: [{ code: "EUR", decimals: 2, issuer: keyOf("Iss"), attestor: keyOf("Att") }],
    fund: keyOf("Fund"),
    arbiters: [keyOf("Arb"), keyOf("Backup")],
    parameters: [],
    ...changes,
  };
}

const NAMES = [...Object.keys(CAST), ...VALIDATORS.map((name) => `validator of ${name}`), "cold key"];

function signerOfKey(key: Uint8Array) {
  const name = NAMES.find((it) => Buffer.compare(keyOf(it), key) === 0);
  if (name === undefined) throw new Error("nobody in the cast has this key");
  return signerOf(name);
}

export function genesisOf(body: GenesisBody): Genesis {
  const proofOf = (key: Uint8Array, entry: Parameters<typeof genesisEntryDigest>[2]) =>
    signerOfKey(key).sign(genesisEntryDigest(ports, body.name, entry));
  return {
    body,
    proofs: [
      ...body.participants.map((value) => proofOf(value.key, { kind: "participant", value })),
      ...body.participants.flatMap((value) =>
        value.coldKey === undefined ? [] : [proofOf(value.coldKey, { kind: "participant", value })],
      ),
      ...body.validators.map((value) => proofOf(value.key, { kind: "validator", value })),
    ],
  };
}

export function genesisBytesOf(changes: Partial<GenesisBody> = {}): Uint8Array {
  return encode(genesisSchema, genesisOf(genesisBodyOf(changes)));
}
