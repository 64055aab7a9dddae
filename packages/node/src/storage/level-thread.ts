import { parentPort, workerData } from "node:worker_threads";
import { ClassicLevel } from "classic-level";
import { type LevelReply, type LevelRequest, type LevelThreadData, levelCodes } from "./level-calls.ts";
import { pack, unpack } from "./packing.ts";

const PAGE_ENTRIES = 4_096;

type Database = ClassicLevel<Uint8Array, Uint8Array>;

async function answer(db: Database, sync: boolean, request: LevelRequest): Promise<LevelReply> {
  switch (request.kind) {
    case "write": {
      const batch = unpack(request.packed).map(({ key, value }) =>
        value === undefined ? ({ type: "del", key } as const) : ({ type: "put", key, value } as const),
      );
      await db.batch(batch, { sync });
      return { kind: "done" };
    }
    case "page": {
      const { after, before } = request;
      const range = before === undefined ? { gt: after } : { gt: after, lt: before };
      const found = await db.iterator({ ...range, limit: PAGE_ENTRIES }).all();
      const packed = pack(found.map(([key, value]) => ({ key, value })));
      return { kind: "page", packed, isLast: found.length < PAGE_ENTRIES };
    }
    case "close":
      await db.close();
      return { kind: "done" };
  }
}

function failureOf(error: unknown): LevelReply {
  return { kind: "failed", error, codes: levelCodes(error) };
}

/** One request at a time: who asks sleeps until the signal changes. */
async function serve({ path, sync, port, signal }: LevelThreadData): Promise<void> {
  // The same database as that of the thread that asks: the library shares it within a process.
  const db: Database = new ClassicLevel(path, {
    keyEncoding: "view",
    valueEncoding: "view",
    createIfMissing: false,
    multithreading: true,
  });
  await db.open();
  port.on("message", (request: LevelRequest) => {
    void answer(db, sync, request)
      .catch(failureOf)
      .then((reply) => {
        port.postMessage(reply);
        Atomics.add(signal, 0, 1);
        Atomics.notify(signal, 0);
      });
  });
}

// level-calls.ts is the only one that starts it.
const given: LevelThreadData = workerData;
const opened = await serve(given).then((): LevelReply => ({ kind: "done" }), failureOf);
parentPort?.postMessage(opened);
