import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { utf8ToBytes } from "@touchmark/core";
import { ClassicLevel } from "classic-level";
import { afterEach, beforeEach, expect, test } from "vitest";
import { LevelStore } from "../../src/index.ts";

const KEY = Uint8Array.of(0);
let path = "";

beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), "touchmark-"));
});

afterEach(() => rmSync(path, { recursive: true, force: true }));

/** Another program's database, with this under that key. */
async function writeForeign(key: Uint8Array, value: Uint8Array): Promise<void> {
  const db = new ClassicLevel<Uint8Array, Uint8Array>(path, { keyEncoding: "view", valueEncoding: "view" });
  await db.put(key, value);
  await db.close();
}

test("a database of another program is refused, and so is a store of another format", async () => {
  await writeForeign(utf8ToBytes("theirs"), utf8ToBytes("theirs"));
  await expect(LevelStore.open({ path })).rejects.toMatchObject({ code: "STORE_FOREIGN", at: path });
  await writeForeign(KEY, utf8ToBytes("touchmark store 0"));
  await expect(LevelStore.open({ path })).rejects.toMatchObject({ code: "STORE_FOREIGN", at: path });
  await writeForeign(KEY, utf8ToBytes("touchmark store 1"));
  const store = await LevelStore.open({ path });
  expect(store.get(utf8ToBytes("theirs"))).toEqual(utf8ToBytes("theirs"));
  await store.close();
});

test("an empty database, as one has it that was stopped right after it was made, becomes a store", async () => {
  const db = new ClassicLevel(path);
  await db.open();
  await db.close();
  const store = await LevelStore.open({ path });
  expect([...store.entries(1)]).toEqual([]);
  await store.close();
});
