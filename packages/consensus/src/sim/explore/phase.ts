import type { Message } from "../../messages.ts";

type Agreed = "preprepare" | "prepare" | "commit" | "final";

/** What one validator says once: of a view, and of a height where it concerns one. */
export interface Saying {
  readonly what: Agreed | "viewChange" | "newView";
  readonly view: number;
  readonly height: number;
}

/** What is said in a phase: each replica hears its own, and of the others' any part that the phase allows. */
export interface Hearing {
  readonly kind: "hear";
  readonly name: string;
  /** Of one sender all of these are heard, or none. */
  readonly sayings: readonly Saying[];
  readonly view: number;
  /** Who hears it: all, the view's leader alone, or all but that one. */
  readonly by: "all" | "leader" | "others";
  /** Whether any senders may be heard, or all or none of them, or all are. */
  readonly parts: "any" | "all or none" | "all";
}

/** Every timer that runs fires. */
interface Timeout {
  readonly kind: "timeout";
  readonly name: string;
}

export type Phase = Hearing | Timeout;

function nameOf({ what, height }: Saying): string {
  return height === 0 ? what : `${what} ${height}`;
}

export function hearing(
  view: number,
  ...said: readonly (readonly [what: Saying["what"], height: number])[]
): Hearing {
  const sayings = said.map(([what, height]) => ({ what, view, height }));
  const name = `${sayings.map(nameOf).join(" and ")}, view ${view}`;
  return { kind: "hear", name, sayings, view, by: "all", parts: "any" };
}

/** All timers run out; who only follows the others' claims speaks later, so the coming leader hears all after that. */
export function leaving(view: number, parts: Hearing["parts"]): readonly Phase[] {
  const changes = hearing(view, ["viewChange", 0]);
  return [
    { kind: "timeout", name: `timeout, to view ${view}` },
    { ...changes, name: `${changes.name}, to all but its leader`, by: "others", parts },
    { ...changes, name: `${changes.name}, to its leader`, by: "leader" },
  ];
}

/** Whether a message is this saying. FINAL is of no view: whoever has said it says it again (P-6). */
function isSaying({ what, view, height }: Saying, message: Message): boolean {
  if (message.kind !== what) return false;
  switch (message.kind) {
    case "preprepare":
      return message.view === view && message.cut.height === height;
    case "prepare":
    case "commit":
      return message.view === view && message.height === height;
    case "final":
      return message.height === height;
    case "viewChange":
    case "newView":
      return message.view === view;
    default:
      return false;
  }
}

export function isSaidIn(phase: Phase, message: Message): boolean {
  return phase.kind === "hear" && phase.sayings.some((it) => isSaying(it, message));
}
