import { p256SignatureFromDer, type SignatureVerifier, type SignedItem } from "@touchmark/core";

/**
 * The compliance suite: every implementation judges every case, one by one and in batches, and each
 * verdict is compared with the other implementations' and with what the rule says.
 */
export interface SignatureCase {
  readonly name: string;
  readonly item: SignedItem;
  /** `der`: the item's signature is DER, and is converted by the implementation under test first. */
  readonly form: "raw" | "der";
  /** What the rule says; nothing where only agreement is asked for. */
  readonly expected: boolean | undefined;
}

export interface Source {
  readonly name: string;
  readonly cases: readonly SignatureCase[];
}

export interface Implementation {
  readonly name: string;
  readonly verifier: SignatureVerifier;
  readonly fromDer: (der: Uint8Array) => Uint8Array | undefined;
}

export interface SourceReport {
  readonly source: string;
  readonly cases: number;
  /** Cases on which the implementations did not all say the same, in every way of asking. */
  readonly disagreements: number;
  /** Cases on which one of them said something else than the rule. */
  readonly wrongExpected: number;
  /** The first few of both, by name. */
  readonly details: readonly string[];
}

export function implementation(
  name: string,
  verifier: SignatureVerifier,
  fromDer: (der: Uint8Array) => Uint8Array | undefined = p256SignatureFromDer,
): Implementation {
  return { name, verifier, fromDer };
}

export function rawCase(name: string, item: SignedItem, expected: boolean | undefined): SignatureCase {
  return { name, item, form: "raw", expected };
}

/** As many as a worker gets at least (design 5). */
const BATCH_ITEMS = 64;
const DETAILS_MAX = 12;

const REFUSED = 0;
const GOOD = 1;
/** It threw, or its answer has not the shape that the port promises: never equal to a verdict. */
const BROKEN = 2;

function readItem(judge: Implementation, one: SignatureCase): SignedItem | undefined {
  if (one.form === "raw") return one.item;
  const signature = judge.fromDer(one.item.signature);
  return signature === undefined ? undefined : { ...one.item, signature };
}

function judgeSingle(judge: Implementation, item: SignedItem | undefined): number {
  if (item === undefined) return REFUSED;
  try {
    return judge.verifier.verify(item) ? GOOD : REFUSED;
  } catch {
    return BROKEN;
  }
}

function judgeBatch(judge: Implementation, items: readonly SignedItem[]): readonly number[] {
  try {
    const verdicts = Array.from(judge.verifier.verifyBatch(items));
    if (verdicts.length === items.length) return verdicts;
  } catch {
    // Counted below.
  }
  return items.map(() => BROKEN);
}

function judgeInBatches(judge: Implementation, items: readonly (SignedItem | undefined)[]): number[] {
  const present = items.filter((item) => item !== undefined);
  const verdicts: number[] = [];
  for (let at = 0; at < present.length; at += BATCH_ITEMS) {
    verdicts.push(...judgeBatch(judge, present.slice(at, at + BATCH_ITEMS)));
  }
  let next = 0;
  return items.map((item) => (item === undefined ? REFUSED : (verdicts[next++] ?? BROKEN)));
}

interface Verdicts {
  readonly who: string;
  readonly of: readonly number[];
}

function judgeSource(judge: Implementation, source: Source): Verdicts[] {
  const items = source.cases.map((one) => readItem(judge, one));
  return [
    { who: judge.name, of: items.map((item) => judgeSingle(judge, item)) },
    { who: `${judge.name} in batches`, of: judgeInBatches(judge, items) },
  ];
}

export function runSource(judges: readonly Implementation[], source: Source): SourceReport {
  const verdicts = judges.flatMap((judge) => judgeSource(judge, source));
  const details: string[] = [];
  let disagreements = 0;
  let wrongExpected = 0;
  source.cases.forEach((one, index) => {
    const said = verdicts.map(({ of }) => of[index]);
    const disagrees = said.some((verdict) => verdict === BROKEN || verdict !== said[0]);
    const wanted = one.expected === undefined ? undefined : Number(one.expected);
    const isWrong = wanted !== undefined && said.some((verdict) => verdict !== wanted);
    if (disagrees) disagreements += 1;
    if (isWrong) wrongExpected += 1;
    if ((disagrees || isWrong) && details.length < DETAILS_MAX) {
      const answers = verdicts.map(({ who, of }) => `${who} ${of[index]}`).join(", ");
      details.push(`${source.name}: ${one.name}: the rule says ${wanted ?? "nothing"}; ${answers}`);
    }
  });
  return { source: source.name, cases: source.cases.length, disagreements, wrongExpected, details };
}

export function runSuite(judges: readonly Implementation[], sources: readonly Source[]): SourceReport[] {
  return sources.map((source) => runSource(judges, source));
}

export function formatReports(judges: readonly Implementation[], reports: readonly SourceReport[]): string {
  const width = Math.max(...reports.map(({ source }) => source.length));
  const row = (name: string, ...cells: readonly (string | number)[]) =>
    `  ${name.padEnd(width)}${cells.map((cell) => String(cell).padStart(15)).join("")}`;
  const lines = reports.map((one) => row(one.source, one.cases, one.disagreements, one.wrongExpected));
  const names = judges.map(({ name }) => name).join(", ");
  const head = row("source", "cases ran", "disagreements", "wrong");
  return [`signature compliance: ${names}`, head, ...lines, ""].join("\n");
}
