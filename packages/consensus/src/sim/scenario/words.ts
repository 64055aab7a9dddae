import { MICROS, MILLIS, SECONDS, type TrueTime } from "../true-time.ts";

/** A line that says nothing. */
export class ScenarioError extends Error {
  readonly line: number;

  constructor(line: number, message: string) {
    super(`line ${line}: ${message}`);
    this.line = line;
  }
}

const UNITS: ReadonlyMap<string, number> = new Map([
  ["ns", 1],
  ["us", MICROS],
  ["ms", MILLIS],
  ["s", SECONDS],
  ["min", 60 * SECONDS],
]);

const NUMBER_MAX = 1_000_000;

/** The words of one statement, read from left to right. */
export class Words {
  readonly line: number;
  readonly text: string;
  private readonly words: readonly string[];
  private at = 0;

  constructor(line: number, text: string) {
    this.line = line;
    this.text = text;
    this.words = text.split(/\s+/);
  }

  error(message: string): ScenarioError {
    return new ScenarioError(this.line, `${message}: ${this.text}`);
  }

  get next(): string | undefined {
    return this.words[this.at];
  }

  get hasNumber(): boolean {
    return /^\d+$/.test(this.next ?? "");
  }

  word(what: string): string {
    const word = this.next;
    if (word === undefined) throw this.error(`${what} is missing`);
    this.at += 1;
    return word;
  }

  /** Whether these words come next; then they are read. */
  takes(phrase: string): boolean {
    const words = phrase.split(" ");
    if (words.some((word, i) => this.words[this.at + i] !== word)) return false;
    this.at += words.length;
    return true;
  }

  must(phrase: string): void {
    if (!this.takes(phrase)) throw this.error(`"${phrase}" is expected before "${this.next ?? "the end"}"`);
  }

  number(what: string, most: number = NUMBER_MAX): number {
    const isNumber = this.hasNumber;
    const word = this.word(what);
    const value = Number(word);
    if (!isNumber || value > most) throw this.error(`${what} is a number up to ${most}, not "${word}"`);
    return value;
  }

  /** At least one. */
  numbers(what: string, most: number): readonly number[] {
    const numbers = [this.number(what, most)];
    while (this.hasNumber) numbers.push(this.number(what, most));
    return numbers;
  }

  duration(): TrueTime {
    const amount = this.number("a length of time");
    const unit = this.word("a unit of time");
    const factor = UNITS.get(unit);
    if (factor === undefined) throw this.error(`"${unit}" is no unit of time`);
    return amount * factor;
  }

  end(): void {
    if (this.next !== undefined) throw this.error(`"${this.next}" is not understood`);
  }
}
