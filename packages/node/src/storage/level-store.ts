import { readdir } from "node:fs/promises";
import { resolve } from "node:path";
import { assert, bytesToHex, utf8ToBytes } from "@touchmark/core";
import type { Store, StoredEntry, Write } from "@touchmark/state";
import { ClassicLevel } from "classic-level";
import { NodeError } from "../errors.ts";
import { LevelCalls, nodeErrorOf } from "./level-calls.ts";
import { pack, unpack } from "./packing.ts";

export interface LevelStoreOptions {
  /** A folder for this store alone. It is made where it isn't there. */
  readonly path: string;
  /** False leaves a write with the operating system: it outlives the process, but not the machine. */
  readonly sync?: boolean;
  /** What LevelDB keeps of its blocks in memory. */
  readonly cacheBytes?: number;
}

type Database = ClassicLevel<Uint8Array, Uint8Array>;

const CACHE_BYTES_DEFAULT = 8 * 1024 * 1024;
const NUMBER_BYTES = 2;
const NUMBER_MAX = 0xffff;

/** Shorter than any leaf's key, and before them all: no keyspace ever lists it. */
const FORMAT_KEY = Uint8Array.of(0);
const FORMAT = utf8ToBytes("touchmark store 1");

/** What LevelDB has written when it is stopped before its first store is there: nothing that anybody stored. */
const UNBORN = /^(?:LOCK|LOG|LOG\.old|MANIFEST-000001|000001\.dbtmp)$/;
/** Lists the other files; CURRENT names the one that counts. */
const MANIFEST = /^MANIFEST-\d+$/;
/** Files that only LevelDB makes. */
const OF_LEVEL = /^(?:CURRENT|MANIFEST-\d+|\d+\.(?:log|ldb|sst))$/;

/** LevelDB refuses another process; within this one, threads share what they open, so it is refused here. */
const openPaths = new Set<string>();

/** Whether the folder holds a store. Throws where it holds anything else. */
async function isThere(path: string): Promise<boolean> {
  let names: readonly string[];
  try {
    names = await readdir(path);
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
    if (code === "ENOENT") return false;
    throw new NodeError(code === "ENOTDIR" ? "STORE_FOREIGN" : "STORE_IO", { at: path, cause });
  }
  if (names.includes("CURRENT") && names.some((name) => MANIFEST.test(name))) return true;
  if (names.every((name) => UNBORN.test(name))) return false;
  // Without CURRENT LevelDB would begin anew here and delete the files of what was before.
  const isDamaged = names.some((name) => OF_LEVEL.test(name));
  throw new NodeError(isDamaged ? "STORE_CORRUPT" : "STORE_FOREIGN", { at: path });
}

async function checkFormat(db: Database, path: string): Promise<void> {
  const format = db.getSync(FORMAT_KEY);
  if (format === undefined) {
    const [any] = await db.keys({ limit: 1 }).all();
    if (any !== undefined) throw new NodeError("STORE_FOREIGN", { at: path });
    await db.put(FORMAT_KEY, FORMAT, { sync: true });
  } else if (bytesToHex(format) !== bytesToHex(FORMAT)) {
    throw new NodeError("STORE_FOREIGN", { at: path });
  }
}

async function openDatabase(path: string, cacheBytes: number): Promise<Database> {
  const db: Database = new ClassicLevel(path, {
    keyEncoding: "view",
    valueEncoding: "view",
    createIfMissing: !(await isThere(path)),
    cacheSize: cacheBytes,
    multithreading: true,
  });
  try {
    await db.open();
    await checkFormat(db, path);
    return db;
  } catch (error) {
    await db.close();
    throw error instanceof NodeError ? error : nodeErrorOf(path, error);
  }
}

function prefixOf(number: number): Uint8Array {
  return Uint8Array.of(number >> 8, number & 255);
}

/**
 * L-1: the store on a disk. Values are read in this thread; what LevelDB's library does not do at once (writes and
 * lists) another thread does while this one waits.
 *
 * LevelDB passes over a damaged piece of its log without a word, and goes on behind it. Whoever opens a store of a
 * chain therefore holds the root of its leaves against that of the last block.
 */
export class LevelStore implements Store {
  private readonly path: string;
  private readonly db: Database;
  private readonly calls: LevelCalls;
  private isOpen = true;
  private writes = 0;

  private constructor(path: string, db: Database, calls: LevelCalls) {
    this.path = path;
    this.db = db;
    this.calls = calls;
  }

  static async open(options: LevelStoreOptions): Promise<LevelStore> {
    const { sync = true, cacheBytes = CACHE_BYTES_DEFAULT } = options;
    const path = resolve(options.path);
    if (openPaths.has(path)) throw new NodeError("STORE_LOCKED", { at: path });
    openPaths.add(path);
    try {
      const db = await openDatabase(path, cacheBytes);
      try {
        return new LevelStore(path, db, await LevelCalls.start({ path, sync }));
      } catch (error) {
        await db.close();
        throw error;
      }
    } catch (error) {
      openPaths.delete(path);
      throw error;
    }
  }

  get(key: Uint8Array): Uint8Array | undefined {
    this.checkUsable();
    const found = this.read(key);
    // The library gives a Buffer, whose `slice` shares memory where that of a Uint8Array copies.
    return found && new Uint8Array(found.buffer, found.byteOffset, found.byteLength);
  }

  /** It reads on as it is asked on, so nothing may be written before it ends. */
  *entries(number: number): Iterable<StoredEntry> {
    assert(Number.isInteger(number) && number > 0 && number <= NUMBER_MAX, "a keyspace's number is a u16");
    const before = number === NUMBER_MAX ? undefined : prefixOf(number + 1);
    const { writes } = this;
    let after = prefixOf(number);
    for (;;) {
      this.checkUsable();
      assert(this.writes === writes, "a list is read to its end before the next write");
      const reply = this.calls.call({ kind: "page", after, before });
      assert(reply.kind === "page", "a page is answered with a page");
      for (const { key, value } of unpack(reply.packed)) {
        assert(value !== undefined, "what is listed has a value");
        after = key;
        yield { key, value };
      }
      if (reply.isLast) return;
    }
  }

  /** All of it or none. Where it throws, the store takes nothing more until it is opened again. */
  write(batch: readonly Write[]): void {
    this.checkUsable();
    for (const { key } of batch)
      assert(key.length > NUMBER_BYTES, "a store's key has a keyspace's number and a key");
    this.writes++;
    this.calls.call({ kind: "write", packed: pack(batch) });
  }

  async close(): Promise<void> {
    if (!this.isOpen) return;
    this.isOpen = false;
    try {
      await this.calls.close();
    } finally {
      await this.db.close();
      openPaths.delete(this.path);
    }
  }

  private read(key: Uint8Array): Uint8Array | undefined {
    try {
      return this.db.getSync(key);
    } catch (error) {
      throw nodeErrorOf(this.path, error);
    }
  }

  private checkUsable(): void {
    assert(this.isOpen, "a store is used while it is open");
    this.calls.checkFailure();
  }
}
