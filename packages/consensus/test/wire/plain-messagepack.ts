/**
 * A reader of plain MessagePack, written from its specification, that knows nothing of schemas or canonical
 * forms: numbers as decimal text, bytes as hex, lists as lists.
 */
export function readPlain(bytes: Uint8Array): unknown {
  const buffer = Buffer.from(bytes);
  let at = 0;
  const take = (count: number): Buffer => {
    if (at + count > buffer.length) throw new Error("the bytes end early");
    at += count;
    return buffer.subarray(at - count, at);
  };
  const natural = (count: number): number => take(count).readUIntBE(0, count);
  const list = (length: number): unknown[] => Array.from({ length }, () => value());
  function value(): unknown {
    const lead = natural(1);
    if (lead < 0x80) return `${lead}`;
    if (lead >= 0x90 && lead < 0xa0) return list(lead - 0x90);
    if (lead === 0xc0) return null;
    if (lead === 0xc2 || lead === 0xc3) return lead === 0xc3;
    if (lead >= 0xc4 && lead <= 0xc6) return take(natural(2 ** (lead - 0xc4))).toString("hex");
    if (lead >= 0xcc && lead <= 0xce) return `${natural(2 ** (lead - 0xcc))}`;
    if (lead === 0xcf) return `${take(8).readBigUInt64BE()}`;
    if (lead === 0xdc || lead === 0xdd) return list(natural(lead === 0xdc ? 2 : 4));
    throw new Error(`no message holds a ${lead.toString(16)}`);
  }
  const whole = value();
  if (at !== buffer.length) throw new Error("bytes are left over");
  return whole;
}
