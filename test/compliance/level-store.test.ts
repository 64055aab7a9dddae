import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { must, Prng } from "@touchmark/core";
import { LevelStore, NodeError, type NodeErrorCode } from "@touchmark/node";
import { expect, onTestFinished, test } from "vitest";
import { openLevelStore, temporaryFolder } from "./folders.ts";
import { batchOfRound, roundOfStore } from "./rounds.ts";
import { storeSuite } from "./store-suite.ts";

const paths = new Map<unknown, string>();

async function openAt(path: string): Promise<LevelStore> {
  const store = await openLevelStore({ path });
  paths.set(store, path);
  return store;
}

storeSuite("LevelDB", {
  open: () => openAt(join(temporaryFolder(), "chain")),
  reopen: async (store) => {
    if (store instanceof LevelStore) await store.close();
    return openAt(must(paths.get(store), "its folder"));
  },
});

const KEY = Uint8Array.of(0, 4, 1);
const VALUE = Uint8Array.of(1);
const WRITER = fileURLToPath(new URL("./level-writer.ts", import.meta.url));

function startWriter(path: string, from: number): ChildProcess {
  const child = spawn(process.execPath, [WRITER, path, `${from}`], { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  return child;
}

/** The last round that it said was written, when it has said so of so many; it is killed in the middle of the next. */
async function killAfter(child: ChildProcess, rounds: number): Promise<number> {
  let text = "";
  child.stdout?.on("data", (data: Buffer) => {
    text += data.toString();
    if (text.split("\n").length > rounds) child.kill("SIGKILL");
  });
  await once(child, "close");
  const lines = text.split("\n").slice(0, -1);
  expect(lines.length).toBeGreaterThanOrEqual(rounds);
  return Number(lines.at(-1));
}

async function failureOf(opening: Promise<unknown>): Promise<NodeError> {
  const error = await opening.catch((it: unknown) => it);
  if (error instanceof NodeError) return error;
  throw new Error("it opened, or failed in another way", { cause: error });
}

async function expectRefusal(path: string, code: NodeErrorCode): Promise<NodeError> {
  const error = await failureOf(LevelStore.open({ path }));
  expect(error).toMatchObject({ code, at: path });
  return error;
}

/** A closed store of so many rounds, in a folder of its own. */
async function folderOfRounds(rounds: number): Promise<string> {
  const path = join(temporaryFolder(), "chain");
  const store = await openLevelStore({ path });
  for (let round = 1; round <= rounds; round++) store.write(batchOfRound(round));
  await store.close();
  return path;
}

function fileOf(path: string, ending: RegExp): string {
  return join(
    path,
    must(
      readdirSync(path).find((it) => ending.test(it)),
      `a file ${ending}`,
    ),
  );
}

test("L-1 a store whose process was killed has each batch whole or not at all, and all that it said were written", async () => {
  const path = join(temporaryFolder(), "chain");
  const prng = new Prng(3);
  let round = 0;
  for (let kill = 0; kill < 4; kill++) {
    const said = await killAfter(startWriter(path, round + 1), prng.between(5, 60));
    const store = await openLevelStore({ path });
    round = roundOfStore(store);
    await store.close();
    // What was written when it was killed may be there before it could be said.
    expect([said, said + 1]).toContain(round);
  }
});

test("L-1 a store whose log ends anywhere has each batch whole or not at all", async () => {
  const path = await folderOfRounds(8);
  const { size } = statSync(fileOf(path, /\.log$/));
  const prng = new Prng(4);
  const seen = new Set<number>();
  for (let i = 0; i < 12; i++) {
    const copy = join(temporaryFolder(), "cut");
    cpSync(path, copy, { recursive: true });
    truncateSync(fileOf(copy, /\.log$/), prng.below(size));
    const store = await openLevelStore({ path: copy });
    seen.add(roundOfStore(store));
    await store.close();
  }
  expect(seen.size).toBeGreaterThan(3);
});

test("a store that is open already is refused, within a process and from another", async () => {
  const path = join(temporaryFolder(), "chain");
  const store = await openLevelStore({ path });
  await expectRefusal(path, "STORE_LOCKED");
  store.write([{ key: KEY, value: VALUE }]);
  await store.close();
  const writer = startWriter(path, 1);
  await once(must(writer.stdout ?? undefined, "its output"), "data");
  const error = await expectRefusal(path, "STORE_LOCKED");
  expect(error.cause).toBeInstanceOf(Error);
  await killAfter(writer, 1);
  const again = await openLevelStore({ path });
  expect(again.get(KEY)).toEqual(VALUE);
});

test("a folder of other files is refused and left as it is", async () => {
  const path = temporaryFolder();
  writeFileSync(join(path, "letter.txt"), "dear reader");
  await expectRefusal(path, "STORE_FOREIGN");
  expect(readdirSync(path)).toEqual(["letter.txt"]);
  await expectRefusal(join(path, "letter.txt"), "STORE_FOREIGN");
});

test("a folder that can't be made is an error with its cause", async () => {
  const path = temporaryFolder();
  writeFileSync(join(path, "file"), "");
  const error = await failureOf(LevelStore.open({ path: join(path, "file", "chain") }));
  expect(["STORE_FOREIGN", "STORE_IO"]).toContain(error.code);
  expect(error.cause).toBeInstanceOf(Error);
});

test("a store whose files are damaged or gone is refused, and nothing is begun anew in its place", async () => {
  const path = await folderOfRounds(3);
  const damages: readonly (readonly [string, (copy: string) => void])[] = [
    ["the name of its manifest is gone", (copy) => rmSync(join(copy, "CURRENT"))],
    ["the name of its manifest is none", (copy) => writeFileSync(join(copy, "CURRENT"), "MANIFEST")],
    ["its manifest is gone", (copy) => rmSync(fileOf(copy, /^MANIFEST/))],
    ["its manifest is noise", (copy) => writeFileSync(fileOf(copy, /^MANIFEST/), new Prng(1).bytes(300))],
  ];
  for (const [what, damage] of damages) {
    const copy = join(temporaryFolder(), "damaged");
    cpSync(path, copy, { recursive: true });
    damage(copy);
    const error = await failureOf(LevelStore.open({ path: copy }));
    expect(error.code, what).toBe("STORE_CORRUPT");
    expect(readFileSync(fileOf(copy, /\.log$/))).toEqual(readFileSync(fileOf(path, /\.log$/)));
  }
});

test("a store that was stopped before it was ever there begins anew", async () => {
  const path = join(temporaryFolder(), "chain");
  mkdirSync(path);
  for (const name of ["LOCK", "LOG", "MANIFEST-000001"]) writeFileSync(join(path, name), "");
  const store = await openLevelStore({ path });
  store.write([{ key: KEY, value: VALUE }]);
  expect(store.get(KEY)).toEqual(VALUE);
});

test("a long list comes whole, with the last keyspace of all, and a write in its middle is a bug", async () => {
  const store = await openLevelStore({ path: temporaryFolder() });
  const numbers = Array.from({ length: 9_000 }, (_, i) => i);
  store.write(numbers.map((i) => ({ key: Uint8Array.of(255, 255, i >> 8, i & 255), value: VALUE })));
  store.write([{ key: Uint8Array.of(255, 254, 255), value: VALUE }]);
  const found = [...store.entries(0xffff)].map(({ key: [, , high = 0, low = 0] }) => high * 256 + low);
  expect(found).toEqual(numbers);
  let listed = 0;
  const read = () => {
    for (const _ of store.entries(0xffff)) if (++listed === 10) store.write([]);
  };
  expect(read).toThrow("read to its end");
});

test("a closed store answers nothing, and closing it again is nothing", async () => {
  const store = await openLevelStore({ path: temporaryFolder(), sync: false, cacheBytes: 0 });
  store.write([{ key: KEY, value: VALUE }]);
  await store.close();
  await store.close();
  expect(() => store.get(KEY)).toThrow("while it is open");
  expect(() => store.write([])).toThrow("while it is open");
  expect(() => [...store.entries(4)]).toThrow("while it is open");
});

test("a store whose disk fails says so, and takes nothing more", async () => {
  const path = join(temporaryFolder(), "chain");
  const store = await openLevelStore({ path, sync: false });
  store.write([{ key: KEY, value: VALUE }]);
  // The file that is open goes on taking writes; the next one can't be made.
  rmSync(path, { recursive: true });
  const large = [{ key: KEY, value: new Uint8Array(1_000_000) }];
  const fill = () => {
    for (let i = 0; i < 40; i++) store.write(large);
  };
  expect(fill).toThrow(expect.objectContaining({ name: "NodeError", code: "STORE_IO", at: path }));
  for (const use of [() => store.get(KEY), () => store.write([]), () => [...store.entries(4)]])
    expect(use).toThrow(NodeError);
  await store.close();
});
