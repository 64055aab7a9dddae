import { bytesToHex } from "@touchmark/core";

const SHOWN_DIGITS = 8;

function keyToBytes(key: string): Uint8Array {
  return Uint8Array.from(key, (character) => character.charCodeAt(0));
}

/** How reports name things: the first digits of their bytes, which a trace can be searched for. */
export function nameOfBytes(bytes: Uint8Array): string {
  return bytesToHex(bytes).slice(0, SHOWN_DIGITS);
}

/** The same for what stands as a Map's key. */
export function nameOfKey(key: string): string {
  return nameOfBytes(keyToBytes(key));
}

export function nameOfTransaction(txid: Uint8Array | string): string {
  return `transaction ${typeof txid === "string" ? nameOfKey(txid) : nameOfBytes(txid)}`;
}

export function nameOfLane(lane: string): string {
  return `lane ${nameOfKey(lane)}`;
}
