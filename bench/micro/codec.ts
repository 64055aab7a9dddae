import { assert, bytesToHex, decode, encode, isRejection, must, type Prng } from "@touchmark/core";
import { Packr } from "msgpackr";
import { atTurn, type Bench, type Context, type FigureKind, type Measured } from "../figure.ts";
import { measureTogether, median, Subject, type Work } from "../harness.ts";
import { drawTransaction, OPS_MAX, type Transaction, transactionSchema } from "./transaction.ts";

/**
 * What a transaction costs to read and to write, beside msgpackr with the same bytes and values: plain
 * lists, without names, checks of bounds, or one form for each value.
 */
const msgpackr = new Packr({ useRecords: false });

const UNPACK = "msgpackr unpack, nothing checked";
const PACK = "msgpackr pack of lists";

const DECODE_KINDS: readonly FigureKind[] = [
  { bench: "micro.codec.decode-one-op", unit: "ns", floorIs: UNPACK, target: { of: "value", most: 1_500 } },
  { bench: "micro.codec.decode-further-op", unit: "ns", floorIs: UNPACK, target: { of: "value", most: 500 } },
];
const ENCODE_KINDS: readonly FigureKind[] = [
  { bench: "micro.codec.encode-one-op", unit: "ns", floorIs: PACK },
  { bench: "micro.codec.encode-further-op", unit: "ns", floorIs: PACK },
];

/** One transaction in each form that a subject takes. */
interface Input {
  readonly value: Transaction;
  readonly bytes: Uint8Array;
  /** The same as msgpackr reads it. */
  readonly lists: unknown;
}

function drawInput(prng: Prng, ops: number): Input {
  const drawn = drawTransaction(prng, ops);
  const bytes = encode(transactionSchema, drawn);
  // The encoder gets what nodes have: a value that was decoded.
  const value = decode(transactionSchema, bytes);
  assert(!isRejection(value), `a transaction that was encoded decodes: ${value}`);
  const again = encode(transactionSchema, value);
  assert(bytesToHex(again) === bytesToHex(bytes), "a decoded transaction encodes to the same bytes");
  return { value, bytes, lists: msgpackr.unpack(Buffer.from(bytes)) };
}

interface Inputs {
  readonly one: readonly Input[];
  readonly full: readonly Input[];
}

/** About as many bytes of the full transactions as of those with one operation: both are as cold. */
function drawInputs({ prng, inputs }: Context): Inputs {
  return {
    one: Array.from({ length: inputs }, () => drawInput(prng, 1)),
    full: Array.from({ length: Math.ceil(inputs / 16) }, () => drawInput(prng, OPS_MAX)),
  };
}

/**
 * What each run took for one operation more. A run in which an interruption outweighed 63 operations says
 * nothing; only a tiny run is short enough for that.
 */
function furtherOps(one: Subject, full: Subject): readonly number[] {
  const differences = full.runs.map((ns, run) => ns - must(one.runs[run], "as many runs of each"));
  return differences.filter((ns) => ns > 0).map((ns) => ns / (OPS_MAX - 1));
}

function codecBench(
  kinds: readonly FigureKind[],
  work: (inputs: readonly Input[]) => Work,
  floor: (inputs: readonly Input[]) => Work,
): Bench {
  return {
    kinds,
    run(context): readonly Measured[] {
      const { plan } = context;
      const { one, full } = drawInputs(context);
      const ours = { one: new Subject(work(one), plan), full: new Subject(work(full), plan) };
      const theirs = { one: new Subject(floor(one), plan), full: new Subject(floor(full), plan) };
      measureTogether([ours.one, theirs.one, ours.full, theirs.full], plan);
      return [
        { value: median(ours.one.runs), floor: median(theirs.one.runs) },
        {
          value: median(furtherOps(ours.one, ours.full)),
          floor: median(furtherOps(theirs.one, theirs.full)),
        },
      ];
    },
  };
}

export const codecBenches: readonly Bench[] = [
  codecBench(
    DECODE_KINDS,
    (inputs) => (turn) => {
      const value = decode(transactionSchema, atTurn(inputs, turn).bytes);
      return !isRejection(value) && value;
    },
    (inputs) => (turn) => msgpackr.unpack(atTurn(inputs, turn).bytes),
  ),
  codecBench(
    ENCODE_KINDS,
    (inputs) => (turn) => encode(transactionSchema, atTurn(inputs, turn).value),
    (inputs) => (turn) => msgpackr.pack(atTurn(inputs, turn).lists),
  ),
];
