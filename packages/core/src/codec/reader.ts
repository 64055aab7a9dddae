import { byteAt, bytesToUtf8, copyBytes } from "../bytes.ts";
import { fail } from "./failure.ts";
import * as mark from "./mark.ts";

const U32 = 0x1_0000_0000;
/** The upper half of the largest safe integer. */
const SAFE_HIGH = Math.floor(Number.MAX_SAFE_INTEGER / U32);

/** An unsigned number as the signed one of the same bits; `half` is its highest bit. */
function signed(value: number, half: number): number {
  return value < half ? value : value - 2 * half;
}

/**
 * Reads canonical MessagePack from one buffer. Each method takes one value or fails; what it returns is
 * copied, so that it neither changes with the buffer nor keeps it alive.
 */
export class Reader {
  readonly bytes: Uint8Array;
  offset = 0;
  /** W-6: one for each value, one for each byte copied: work stays proportional to the input. */
  steps = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  private lead(): number {
    if (this.offset >= this.bytes.length) fail("CODEC_TRUNCATED");
    this.steps++;
    return byteAt(this.bytes, this.offset++);
  }

  private need(count: number): void {
    if (this.bytes.length - this.offset < count) fail("CODEC_TRUNCATED");
  }

  private u8(): number {
    this.need(1);
    return byteAt(this.bytes, this.offset++);
  }

  private u16(): number {
    this.need(2);
    const at = this.offset;
    this.offset = at + 2;
    return byteAt(this.bytes, at) * 256 + byteAt(this.bytes, at + 1);
  }

  private u32(): number {
    this.need(4);
    const at = this.offset;
    this.offset = at + 4;
    const { bytes } = this;
    return (
      byteAt(bytes, at) * 0x100_0000 +
      ((byteAt(bytes, at + 1) << 16) | (byteAt(bytes, at + 2) << 8) | byteAt(bytes, at + 3))
    );
  }

  /** A length or number in the form that `least` demands: a shorter form would have done below it. */
  private atLeast(value: number, least: number): number {
    if (value < least) fail("CODEC_NON_CANONICAL");
    return value;
  }

  /** W-2: a whole number from -(2^53 - 1) to 2^53 - 1, in the shortest form. */
  integer(): number {
    const lead = this.lead();
    if (lead < 0x80) return lead;
    if (lead >= 0xe0) return lead - 256;
    switch (lead) {
      case mark.U8:
        return this.atLeast(this.u8(), 0x80);
      case mark.U16:
        return this.atLeast(this.u16(), 0x100);
      case mark.U32:
        return this.atLeast(this.u32(), 0x1_0000);
      case mark.U64: {
        const high = this.atLeast(this.u32(), 1);
        if (high > SAFE_HIGH) fail("CODEC_RANGE");
        return high * U32 + this.u32();
      }
      default:
        return this.negative(lead);
    }
  }

  /** Signed forms are for what is below zero, and only where the next shorter one doesn't reach. */
  private negative(lead: number): number {
    switch (lead) {
      case mark.I8:
        return this.below(-0x20, signed(this.u8(), 0x80));
      case mark.I16:
        return this.below(-0x80, signed(this.u16(), 0x8000));
      case mark.I32:
        return this.below(-0x8000, signed(this.u32(), 0x8000_0000));
      case mark.I64: {
        const high = signed(this.u32(), 0x8000_0000);
        const low = this.u32();
        if (high < -SAFE_HIGH - 1 || (high < -SAFE_HIGH && low === 0)) fail("CODEC_RANGE");
        return this.below(-0x8000_0000, high * U32 + low);
      }
      default:
        return fail("CODEC_TYPE");
    }
  }

  private below(least: number, value: number): number {
    if (value >= least) fail("CODEC_NON_CANONICAL");
    return value;
  }

  /** W-2: a whole number from 0 to 2^64 - 1. */
  u64(): bigint {
    if (this.bytes[this.offset] !== mark.U64) {
      const value = this.integer();
      if (value < 0) fail("CODEC_RANGE");
      return BigInt(value);
    }
    this.steps++;
    this.offset++;
    const high = this.atLeast(this.u32(), 1);
    return (BigInt(high) << 32n) | BigInt(this.u32());
  }

  boolean(): boolean {
    const lead = this.lead();
    if (lead !== mark.TRUE && lead !== mark.FALSE) fail("CODEC_TYPE");
    return lead === mark.TRUE;
  }

  /** Takes a nil if one stands here. */
  nil(): boolean {
    if (this.bytes[this.offset] !== mark.NIL) return false;
    this.steps++;
    this.offset++;
    return true;
  }

  /** W-3: how many values follow, in the shortest form. */
  listLength(): number {
    const lead = this.lead();
    if (lead >= mark.SHORT_LIST && lead < mark.SHORT_LIST + 16) return lead - mark.SHORT_LIST;
    if (lead === mark.LIST16) return this.atLeast(this.u16(), 16);
    if (lead === mark.LIST32) return this.atLeast(this.u32(), 0x1_0000);
    return fail("CODEC_TYPE");
  }

  private take(length: number, least: number, most: number): number {
    if (length < least || length > most) fail("CODEC_LENGTH");
    this.need(length);
    this.steps += length;
    const start = this.offset;
    this.offset = start + length;
    return start;
  }

  /** W-4: bytes within the schema's bounds; the bound is judged before anything is copied. */
  binary(least: number, most: number): Uint8Array {
    const lead = this.lead();
    let length: number;
    if (lead === mark.BIN8) length = this.u8();
    else if (lead === mark.BIN16) length = this.atLeast(this.u16(), 0x100);
    else if (lead === mark.BIN32) length = this.atLeast(this.u32(), 0x1_0000);
    else return fail("CODEC_TYPE");
    const start = this.take(length, least, most);
    return copyBytes(this.bytes, start, this.offset);
  }

  /** W-5: well-formed UTF-8 within the schema's bounds, counted in bytes. */
  text(least: number, most: number): string {
    const lead = this.lead();
    let length: number;
    if (lead >= mark.SHORT_TEXT && lead < mark.SHORT_TEXT + 32) length = lead - mark.SHORT_TEXT;
    else if (lead === mark.TEXT8) length = this.atLeast(this.u8(), 32);
    else if (lead === mark.TEXT16) length = this.atLeast(this.u16(), 0x100);
    else if (lead === mark.TEXT32) length = this.atLeast(this.u32(), 0x1_0000);
    else return fail("CODEC_TYPE");
    const start = this.take(length, least, most);
    return bytesToUtf8(this.bytes, start, this.offset) ?? fail("CODEC_TEXT");
  }
}
