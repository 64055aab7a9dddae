import { assert } from "@touchmark/core";
import type { Write } from "@touchmark/state";

const HEADER_BYTES = 8;
/** Stands for the length of a value where there is none. */
const REMOVED = 0xffff_ffff;

/**
 * Writes in one piece of memory, which moves between threads without a copy. Each has the length of its key, the
 * length of its value, the key and the value. It never leaves the process, so it has no version.
 */
export function pack(writes: readonly Write[]): Uint8Array<ArrayBuffer> {
  let size = 0;
  for (const { key, value } of writes) size += HEADER_BYTES + key.length + (value?.length ?? 0);
  const packed = new Uint8Array(size);
  const header = new DataView(packed.buffer);
  let at = 0;
  for (const { key, value } of writes) {
    header.setUint32(at, key.length);
    header.setUint32(at + 4, value?.length ?? REMOVED);
    packed.set(key, at + HEADER_BYTES);
    at += HEADER_BYTES + key.length;
    if (value === undefined) continue;
    packed.set(value, at);
    at += value.length;
  }
  return packed;
}

/** What `pack` made. The bytes of each write are copies: keeping one does not keep them all. */
export function unpack(packed: Uint8Array): readonly Write[] {
  const header = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  const writes: Write[] = [];
  let at = 0;
  while (at < packed.length) {
    const keyEnd = at + HEADER_BYTES + header.getUint32(at);
    const length = header.getUint32(at + 4);
    const end = length === REMOVED ? keyEnd : keyEnd + length;
    assert(end <= packed.length, "a packed write ends where its piece does, or before");
    const value = length === REMOVED ? undefined : packed.slice(keyEnd, end);
    writes.push({ key: packed.slice(at + HEADER_BYTES, keyEnd), value });
    at = end;
  }
  return writes;
}
