import { once } from "node:events";
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from "node:worker_threads";
import { NodeError } from "../errors.ts";

export interface LevelThreadOptions {
  readonly path: string;
  /** Whether a write is on the disk, and not only with the operating system, before it returns. */
  readonly sync: boolean;
}

/** What the thread is started with. */
export interface LevelThreadData extends LevelThreadOptions {
  readonly port: MessagePort;
  readonly signal: Int32Array<SharedArrayBuffer>;
}

export type LevelRequest =
  | { readonly kind: "write"; readonly packed: Uint8Array }
  /** The next keys between these two, neither of them included. */
  | { readonly kind: "page"; readonly after: Uint8Array; readonly before: Uint8Array | undefined }
  | { readonly kind: "close" };

export type LevelReply =
  | { readonly kind: "done" }
  | { readonly kind: "page"; readonly packed: Uint8Array; readonly isLast: boolean }
  | { readonly kind: "failed"; readonly error: unknown; readonly codes: readonly string[] };

/** A disk that needs this long for one call is as good as gone, and so is a thread. */
const ANSWER_WITHIN_MS = 60_000;

/** LevelDB's own codes, of an error and of what caused it. */
export function levelCodes(error: unknown): readonly string[] {
  if (!(error instanceof Error)) return [];
  const own = "code" in error && typeof error.code === "string" ? [error.code] : [];
  return [...own, ...levelCodes(error.cause)];
}

export function nodeErrorOf(path: string, error: unknown, codes = levelCodes(error)): NodeError {
  const details = { at: path, cause: error };
  if (codes.includes("LEVEL_LOCKED")) return new NodeError("STORE_LOCKED", details);
  if (codes.includes("LEVEL_CORRUPTION")) return new NodeError("STORE_CORRUPT", details);
  return new NodeError("STORE_IO", details);
}

/**
 * Calls that return when they are done, over a library that only answers later: a thread of its own makes the call,
 * and this one sleeps until there is an answer.
 */
export class LevelCalls {
  private readonly path: string;
  private readonly worker: Worker;
  private readonly port: MessagePort;
  private readonly signal: Int32Array<SharedArrayBuffer>;
  /** What failed once. Nobody knows what is stored behind a failure, so nothing is asked after it. */
  private failure: NodeError | undefined;

  private constructor(
    path: string,
    worker: Worker,
    { port, signal }: Pick<LevelThreadData, "port" | "signal">,
  ) {
    this.path = path;
    this.worker = worker;
    this.port = port;
    this.signal = signal;
  }

  static async start({ path, sync }: LevelThreadOptions): Promise<LevelCalls> {
    const { port1, port2 } = new MessageChannel();
    const signal = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
    const workerData: LevelThreadData = { path, sync, port: port2, signal };
    const worker = new Worker(new URL("./level-thread.ts", import.meta.url), {
      workerData,
      transferList: [port2],
      execArgv: [],
    });
    const calls = new LevelCalls(path, worker, { port: port1, signal });
    try {
      const [opened]: LevelReply[] = await once(worker, "message");
      if (opened?.kind === "failed") throw nodeErrorOf(path, opened.error, opened.codes);
    } catch (error) {
      await calls.end();
      throw error instanceof NodeError ? error : nodeErrorOf(path, error);
    }
    // A program that forgets to close loses nothing, so it isn't kept from ending.
    worker.unref();
    return calls;
  }

  checkFailure(): void {
    if (this.failure !== undefined) throw this.failure;
  }

  call(request: LevelRequest): LevelReply {
    this.checkFailure();
    const before = Atomics.load(this.signal, 0);
    this.port.postMessage(request);
    Atomics.wait(this.signal, 0, before, ANSWER_WITHIN_MS);
    const reply: LevelReply | undefined = receiveMessageOnPort(this.port)?.message;
    if (reply === undefined)
      throw this.fail(new NodeError("STORE_IO", { at: this.path, cause: "no answer" }));
    if (reply.kind === "failed") throw this.fail(nodeErrorOf(this.path, reply.error, reply.codes));
    return reply;
  }

  /** After a failure too: the thread goes, whatever state it is in. */
  async close(): Promise<void> {
    try {
      if (this.failure === undefined) this.call({ kind: "close" });
    } finally {
      await this.end();
    }
  }

  private async end(): Promise<void> {
    await this.worker.terminate();
    this.port.close();
  }

  private fail(error: NodeError): NodeError {
    this.failure = error;
    return error;
  }
}
