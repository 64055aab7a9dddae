import type { Machine } from "../../machine.ts";
import { affiliate, separate } from "./affiliation.ts";
import { close } from "./closing.ts";
import * as credentials from "./credentials.ts";
import * as delegations from "./delegations.ts";
import * as equipment from "./equipment.ts";
import * as handover from "./handover.ts";
import { coldKeyTakesEffect, lameKeyEnds, rotate, setCold } from "./own-keys.ts";
import { object, recover, recoverSecond, recoveryDue } from "./recovery.ts";
import { register, verify } from "./registration.ts";
import { grant, withdraw } from "./roles.ts";
import * as sessions from "./sessions.ts";
import { reinstate, suspend, suspensionEnds } from "./suspension.ts";

/** Who there is: participants, their keys, machines, sessions, delegations, credentials (2b §1). */
export const identity = {
  name: "identity",
  operations: {
    "participant.register": register,
    "participant.verify": verify,
    "participant.grant": grant,
    "participant.withdraw": withdraw,
    "participant.affiliate": affiliate,
    "participant.separate": separate,
    "participant.suspend": suspend,
    "participant.reinstate": reinstate,
    "participant.rotate": rotate,
    "participant.setCold": setCold,
    "participant.recover": recover,
    "participant.object": object,
    "participant.recoverSecond": recoverSecond,
    "participant.close": close,
    "machine.register": equipment.register,
    "machine.update": equipment.update,
    "machine.rotate": equipment.rotate,
    "machine.suspend": equipment.suspend,
    "machine.resume": equipment.resume,
    "machine.retire": equipment.retire,
    "machine.offer": handover.offer,
    "machine.accept": handover.accept,
    "machine.rescind": handover.rescind,
    "machine.calibrate": equipment.calibrate,
    "session.grant": sessions.grant,
    "session.revoke": sessions.revoke,
    "delegation.offer": delegations.offer,
    "delegation.accept": delegations.accept,
    "delegation.revoke": delegations.revoke,
    "credential.issue": credentials.issue,
    "credential.revoke": credentials.revoke,
  },
  timers: [
    suspensionEnds,
    lameKeyEnds,
    coldKeyTakesEffect,
    recoveryDue,
    sessions.sessionExpires,
    delegations.delegationExpires,
  ],
} as const satisfies Machine;
