import { byteAt, copyBytes, LOOP_BYTES_MAX, utf8Length, writeUtf8 } from "../bytes.ts";
import { fail } from "./failure.ts";
import * as mark from "./mark.ts";

const INITIAL_BYTES = 1024;
/** The largest buffer that a writer keeps between two values. */
const KEPT_BYTES_MAX = 1024 * 1024;
const U32 = 0x1_0000_0000;

/** Writes canonical MessagePack: each value has one form, the shortest. Fails on a value that has none. */
export class Writer {
  private bytes = new Uint8Array(INITIAL_BYTES);
  offset = 0;
  /** Whether what is written comes from outside: then `outside.ts` judges it, and nothing may be lost. */
  exact = false;

  /** The bytes written so far, copied; the writer can be used again. */
  finish(): Uint8Array {
    const written = copyBytes(this.bytes, 0, this.offset);
    this.reset();
    return written;
  }

  /** Ready for the next value; a buffer that one huge value grew is let go. */
  reset(): void {
    this.offset = 0;
    this.exact = false;
    if (this.bytes.length > KEPT_BYTES_MAX) this.bytes = new Uint8Array(INITIAL_BYTES);
  }

  private room(count: number): void {
    if (this.offset + count <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(this.bytes.length * 2, this.offset + count));
    grown.set(this.bytes);
    this.bytes = grown;
  }

  private u8(lead: number, value: number): void {
    this.room(2);
    this.bytes[this.offset++] = lead;
    this.bytes[this.offset++] = value;
  }

  private u16(lead: number, value: number): void {
    this.u8(lead, value >>> 8);
    this.room(1);
    this.bytes[this.offset++] = value & 255;
  }

  private u32(lead: number, value: number): void {
    this.room(5);
    this.bytes[this.offset++] = lead;
    this.low32(value);
  }

  private low32(value: number): void {
    this.bytes[this.offset++] = value >>> 24;
    this.bytes[this.offset++] = (value >>> 16) & 255;
    this.bytes[this.offset++] = (value >>> 8) & 255;
    this.bytes[this.offset++] = value & 255;
  }

  private high64(lead: number, high: number, low: number): void {
    this.room(9);
    this.bytes[this.offset++] = lead;
    this.low32(high);
    this.low32(low);
  }

  single(byte: number): void {
    this.room(1);
    this.bytes[this.offset++] = byte;
  }

  integer(value: number): void {
    if (!Number.isSafeInteger(value)) fail("CODEC_TYPE");
    if (value >= 0) this.natural(value);
    else if (value >= -0x20) this.single(value + 256);
    else if (value >= -0x80) this.u8(mark.I8, value + 0x100);
    else if (value >= -0x8000) this.u16(mark.I16, value + 0x1_0000);
    else if (value >= -0x8000_0000) this.u32(mark.I32, value);
    else this.high64(mark.I64, Math.floor(value / U32), value | 0);
  }

  private natural(value: number): void {
    if (value < 0x80) this.single(value);
    else if (value < 0x100) this.u8(mark.U8, value);
    else if (value < 0x1_0000) this.u16(mark.U16, value);
    else if (value < U32) this.u32(mark.U32, value);
    else this.high64(mark.U64, Math.floor(value / U32), value | 0);
  }

  u64(value: bigint): void {
    if (value < 0n || value > 0xffff_ffff_ffff_ffffn) fail("CODEC_RANGE");
    if (value < 0x1_0000_0000n) this.natural(Number(value));
    else this.high64(mark.U64, Number(value >> 32n), Number(value & 0xffff_ffffn));
  }

  listLength(length: number): void {
    if (length < 16) this.single(mark.SHORT_LIST + length);
    else if (length < 0x1_0000) this.u16(mark.LIST16, length);
    else this.u32(mark.LIST32, length);
  }

  binary(value: Uint8Array): void {
    const { length } = value;
    if (length < 0x100) this.u8(mark.BIN8, length);
    else if (length < 0x1_0000) this.u16(mark.BIN16, length);
    else this.u32(mark.BIN32, length);
    this.room(length);
    const { bytes, offset } = this;
    if (length > LOOP_BYTES_MAX) bytes.set(value, offset);
    else for (let i = 0; i < length; i++) bytes[offset + i] = byteAt(value, i);
    this.offset = offset + length;
  }

  text(value: string, least: number, most: number): void {
    const length = utf8Length(value);
    if (length < 0) fail("CODEC_TEXT");
    if (length < least || length > most) fail("CODEC_LENGTH");
    if (length < 32) this.single(mark.SHORT_TEXT + length);
    else if (length < 0x100) this.u8(mark.TEXT8, length);
    else if (length < 0x1_0000) this.u16(mark.TEXT16, length);
    else this.u32(mark.TEXT32, length);
    this.room(length);
    this.offset = writeUtf8(this.bytes, this.offset, value);
  }
}
