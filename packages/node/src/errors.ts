const MESSAGES = {
  STORE_LOCKED: "the store is open already, in this process or another",
  STORE_FOREIGN: "this is not the folder of a store, or of one that this program can't read",
  STORE_CORRUPT: "the store is damaged",
  STORE_IO: "the store can't be read or written",
} as const;

export type NodeErrorCode = keyof typeof MESSAGES;

export interface NodeErrorDetails {
  /** What it happened to: a path, say. */
  readonly at: string;
  readonly cause?: unknown;
}

/** A failure of the world: of a disk or a network, never of an argument or of another party. */
export class NodeError extends Error {
  override readonly name = "NodeError";
  readonly code: NodeErrorCode;
  readonly at: string;

  constructor(code: NodeErrorCode, { at, cause }: NodeErrorDetails) {
    super(`${MESSAGES[code]}: ${at}`, { cause });
    this.code = code;
    this.at = at;
  }
}
