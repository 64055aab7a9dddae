import { SAMPLE_AMOUNT, SAMPLE_TIME, type Samples, sampleDigest, sampleId } from "./sample.ts";

const money = { currency: "EUR", amount: SAMPLE_AMOUNT };
const hold = sampleId("hold", 7);
const [ada, ben] = [sampleId("acct", 1), sampleId("acct", 2)];
const until = SAMPLE_TIME;
const digest = sampleDigest(9);

export const paymentsSamples: Samples = {
  operations: [
    { kind: "currency.attest", ...money, until, digest },
    { kind: "currency.mint", ...money, to: ada },
    { kind: "currency.burn", ...money },
    { kind: "currency.honour", hold },
    { kind: "pay.transfer", to: ben, ...money },
    { kind: "pay.hold", ...money, releaser: ada, payee: ben, until },
    { kind: "pay.post", hold, amount: SAMPLE_AMOUNT },
    { kind: "pay.void", hold },
    { kind: "pay.redeem", ...money, payout: digest },
    { kind: "pay.freeze", currency: "EUR", account: ada, order: digest },
    { kind: "pay.unfreeze", currency: "EUR", account: ada },
  ],
  timers: [
    { kind: "pay.holdExpires", hold },
    { kind: "pay.redemptionExpires", hold },
  ],
  events: [
    { kind: "currency.attested", ...money, until, digest },
    { kind: "currency.minted", ...money, to: ada },
    { kind: "currency.burned", ...money },
    { kind: "currency.honoured", ...money, hold, holder: ada },
    { kind: "currency.issuerDefaulted", ...money, hold, holder: ada },
    { kind: "currency.licensed", currency: "EUR", issuer: ada, attestor: ben },
    { kind: "currency.paused", currency: "EUR" },
    { kind: "currency.resumed", currency: "EUR" },
    { kind: "pay.transferred", ...money, from: ada, to: ben },
    { kind: "pay.held", ...money, hold, payer: ada, payee: ben, until },
    { kind: "pay.posted", ...money, hold, payee: ben },
    { kind: "pay.released", ...money, hold, payer: ada },
    { kind: "pay.redeeming", ...money, hold, holder: ada, until },
    { kind: "pay.frozen", currency: "EUR", account: ada, order: digest },
    { kind: "pay.unfrozen", currency: "EUR", account: ada },
  ],
};
