import { LeaderOrdered } from "../leader-ordered/leader-ordered.ts";
import { Replica } from "../replica.ts";
import { PROPERTY_NAMES, type PropertyName } from "./checker/setup.ts";
import type { CreateReplica } from "./machine.ts";

/** Something that can be simulated, and what may be asked of it. */
export interface Protocol {
  readonly createReplica: CreateReplica;
  readonly properties: readonly PropertyName[];
  /** Whether its set of validators can change. */
  readonly hasEpochs: boolean;
}

/** What leader-ordered PBFT promises, too; about order it promises nothing. */
const AGREEMENT_ALONE: readonly PropertyName[] = ["agreement", "no-double-sign", "definite-end", "progress"];

export const DEFAULT_PROTOCOL = "touchmark";

export const PROTOCOLS: ReadonlyMap<string, Protocol> = new Map<string, Protocol>([
  [
    DEFAULT_PROTOCOL,
    {
      createReplica: (config, rules) => new Replica(config, rules),
      properties: PROPERTY_NAMES,
      hasEpochs: true,
    },
  ],
  [
    "leader-ordered",
    {
      createReplica: (config) => new LeaderOrdered(config),
      properties: AGREEMENT_ALONE,
      hasEpochs: false,
    },
  ],
]);
