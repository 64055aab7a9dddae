import { Nanos, Quantity } from "@touchmark/core";
import { SAMPLE_AMOUNT, SAMPLE_TIME, type Samples, sampleDigest, sampleId } from "./sample.ts";

const [sue, mia] = [sampleId("acct", 1), sampleId("acct", 2)];
const [lot, part] = [sampleId("lot", 3), sampleId("lot", 4)];
const programme = sampleId("prog", 5);
const digest = sampleDigest(9);
const reason = sampleDigest(8);
const until = SAMPLE_TIME;
const quantity = Quantity.of(5_000_000);
const price = { currency: "EUR", amount: SAMPLE_AMOUNT };
const goods = {
  class: "PA12",
  unit: "mg",
  quantity,
  programme,
  producedAt: SAMPLE_TIME,
  bestBefore: Nanos.of(SAMPLE_TIME + 1n),
  digest,
};

export const materialsSamples: Samples = {
  operations: [
    { kind: "lot.register", ...goods },
    { kind: "lot.split", lot, quantities: [quantity, Quantity.of(1)] },
    { kind: "lot.merge", lots: [lot, part], digest },
    { kind: "lot.offer", lot, to: mia, price, until },
    { kind: "lot.accept", lot, quantity, price: undefined },
    { kind: "lot.rescind", lot },
    { kind: "lot.lose", lot, quantity },
    { kind: "lot.withdraw", lot },
    { kind: "lot.block", lot, reason },
    { kind: "lot.unblock", lot },
  ],
  timers: [{ kind: "lot.offerExpires", lot }],
  events: [
    { kind: "lot.registered", lot, owner: sue, ...goods },
    { kind: "lot.split", lot, owner: sue, part, quantity },
    { kind: "lot.merged", lot, owner: sue, quantity, digest },
    { kind: "lot.movedInto", lot: part, into: lot, quantity },
    { kind: "lot.offered", lot, owner: sue, to: mia, quantity, price, until },
    { kind: "lot.accepted", lot, from: sue, to: mia, quantity, price },
    { kind: "lot.rescinded", lot, by: mia },
    { kind: "lot.offerLapsed", lot },
    { kind: "lot.lost", lot, owner: sue, quantity },
    { kind: "lot.withdrawn", lot, programme, quantity },
    { kind: "lot.blocked", lot, by: sue, reason },
    { kind: "lot.unblocked", lot, by: sue },
  ],
};
