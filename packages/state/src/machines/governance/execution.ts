/** What a passed proposal does: the payload is judged again here, by the state as it is then. */
import type { RefusalCode } from "../../codes.ts";
import type { Context, EventDefinition } from "../../machine.ts";
import { granted, recoveryStopped, reinstated, suspended, withdrawn } from "../identity/events.ts";
import { stopRecovery } from "../identity/recovery.ts";
import { grantRole, withdrawRole } from "../identity/roles.ts";
import { confirmSuspension, endSuspension } from "../identity/suspension.ts";
import { licenseCurrency, pauseCurrency, resumeCurrency } from "../payments/currency.ts";
import { licensed, paused, resumed } from "../payments/events.ts";
import { DEBIT_CODES } from "../payments/money.ts";
import type { Action } from "./actions.ts";
import * as events from "./events.ts";
import { addSeat, removeSeat } from "./seats.ts";
import {
  activateVersion,
  addArbiter,
  removeArbiter,
  restoreKind,
  setFundShare,
  setParameter,
  spendFund,
  withdrawKind,
} from "./switches.ts";

export const EXECUTION_EVENTS: readonly EventDefinition[] = [
  events.admitted,
  events.leaving,
  events.dropped,
  events.parameterSet,
  events.versionActivated,
  events.kindWithdrawn,
  events.kindRestored,
  events.fundSpent,
  events.arbiterAdded,
  events.arbiterRemoved,
  granted,
  withdrawn,
  suspended,
  reinstated,
  recoveryStopped,
  licensed,
  paused,
  resumed,
];

export const EXECUTION_CODES: readonly RefusalCode[] = [
  ...DEBIT_CODES,
  "SAME_PARTY",
  "ROLE_NOT_GRANTABLE",
  "SEAT_TAKEN",
  "LAST_VALIDATOR",
  "PARAMETER_OUT_OF_BOUNDS",
  "PARAMETERS_CONFLICT",
  "NOT_BY_THIS_KIND",
  "VERSION_ORDER",
  "HEIGHT_PASSED",
  "NOT_WITHDRAWABLE",
];

export function execute(ctx: Context, action: Action): void {
  switch (action.kind) {
    case "validator.add":
      return addSeat(ctx, action);
    case "validator.remove":
      return removeSeat(ctx, action.participant);
    case "params.set":
      return setParameter(ctx, action.parameter, action.value);
    case "role.grant":
      return grantRole(ctx, action);
    case "role.withdraw":
      return withdrawRole(ctx, action.participant, action.role);
    case "currency.license":
      return licenseCurrency(ctx, { ...action, code: action.currency });
    case "currency.pause":
      return pauseCurrency(ctx, action.currency);
    case "currency.resume":
      return resumeCurrency(ctx, action.currency);
    case "participant.suspend":
      return confirmSuspension(ctx, action.participant);
    case "participant.reinstate":
      return endSuspension(ctx, action.participant);
    case "recovery.stop":
      return stopRecovery(ctx, action.participant);
    case "version.activate":
      return activateVersion(ctx, action.version, action.height);
    case "kind.withdraw":
      return withdrawKind(ctx, action.operation);
    case "kind.restore":
      return restoreKind(ctx, action.operation);
    case "fund.spend":
      return spendFund(ctx, action);
    case "fundBps":
      return setFundShare(ctx, action.bps);
    case "arbiter.add":
      return addArbiter(ctx, action.participant);
    case "arbiter.remove":
      return removeArbiter(ctx, action.participant);
  }
}
