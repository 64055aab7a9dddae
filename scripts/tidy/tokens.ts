import { SyntaxKind } from "typescript/unstable/ast";
import { createScanner, type Scanner } from "typescript/unstable/ast/scanner";

/**
 * TypeScript as the compiler's own scanner cuts it. A scanner alone can't tell a division from a regular
 * expression, nor the end of a template's hole from a closing brace; a parser tells it which, and here
 * the token before and a stack of open brackets do. Where they can't, the slash is `unclear`, which is a
 * finding: a scanner that guessed wrongly would take the code behind it for text.
 */
export interface Token {
  readonly kind: "word" | "text" | "comment" | "mark" | "unclear";
  /** A string's content without its quotes; anything else as it stands. */
  readonly value: string;
  /** From 1. */
  readonly line: number;
}

const STRINGS: ReadonlySet<SyntaxKind> = new Set([
  SyntaxKind.StringLiteral,
  SyntaxKind.NoSubstitutionTemplateLiteral,
  SyntaxKind.TemplateHead,
  SyntaxKind.TemplateMiddle,
  SyntaxKind.TemplateTail,
]);
const COMMENTS: ReadonlySet<SyntaxKind> = new Set([
  SyntaxKind.SingleLineCommentTrivia,
  SyntaxKind.MultiLineCommentTrivia,
]);
const SPACE: ReadonlySet<SyntaxKind> = new Set([
  SyntaxKind.WhitespaceTrivia,
  SyntaxKind.NewLineTrivia,
  SyntaxKind.ConflictMarkerTrivia,
]);
/** After one of these, as after a name, a slash divides. */
const VALUE_ENDS: ReadonlySet<SyntaxKind> = new Set([
  SyntaxKind.NumericLiteral,
  SyntaxKind.BigIntLiteral,
  SyntaxKind.StringLiteral,
  SyntaxKind.NoSubstitutionTemplateLiteral,
  SyntaxKind.TemplateTail,
  SyntaxKind.RegularExpressionLiteral,
  SyntaxKind.CloseBracketToken,
  SyntaxKind.ThisKeyword,
  SyntaxKind.SuperKeyword,
  SyntaxKind.PlusPlusToken,
  SyntaxKind.MinusMinusToken,
]);
/** What stands in brackets behind one of these is no value: a statement follows. */
const HEADS: ReadonlySet<string> = new Set(["if", "while", "for", "with"]);
/** Words that are names in one place, and in another stand before a value. */
const NAMES_OR_NOT: ReadonlySet<string> = new Set(["of", "await", "yield"]);

/** What a slash means where it could stand next. */
type Slash = "divides" | "begins" | "unclear";

class Cutter {
  readonly tokens: Token[] = [];
  readonly #scanner: Scanner;
  readonly #braces: ("block" | "hole")[] = [];
  /** For each open bracket, what a slash behind its end means. */
  readonly #brackets: Slash[] = [];
  #slash: Slash = "begins";
  /** The last two tokens that are no comments. */
  #before: Token | undefined;
  #beforeThat: Token | undefined;
  #line = 1;

  constructor(text: string) {
    this.#scanner = createScanner(false, undefined, text);
  }

  run(): readonly Token[] {
    for (let kind = this.#scan(); kind !== SyntaxKind.EndOfFile; kind = this.#scan()) this.#take(kind);
    return this.tokens;
  }

  #add(kind: Token["kind"], value: string): void {
    const token = { kind, value, line: this.#line };
    this.tokens.push(token);
    if (kind === "comment") return;
    this.#beforeThat = this.#before;
    this.#before = token;
  }

  /** One token, with slashes resolved by what came before and braces by the templates that are open. */
  #scan(): SyntaxKind {
    const scanner = this.#scanner;
    const kind = scanner.scan();
    if (kind === SyntaxKind.SlashToken || kind === SyntaxKind.SlashEqualsToken) {
      if (this.#slash === "unclear") this.#add("unclear", "/");
      return this.#slash === "divides" ? kind : scanner.reScanSlashToken();
    }
    if (kind === SyntaxKind.TemplateHead) this.#braces.push("hole");
    else if (kind === SyntaxKind.OpenBraceToken) this.#braces.push("block");
    else if (kind === SyntaxKind.CloseBraceToken && this.#braces.pop() === "hole") {
      const part = scanner.reScanTemplateToken(false);
      if (part === SyntaxKind.TemplateMiddle) this.#braces.push("hole");
      return part;
    }
    return kind;
  }

  #take(kind: SyntaxKind): void {
    const scanner = this.#scanner;
    const source = scanner.getTokenText();
    if (COMMENTS.has(kind)) this.#add("comment", source);
    else if (!SPACE.has(kind)) {
      const isWord = scanner.isIdentifier() || scanner.isReservedWord();
      this.#slash = this.#slashBehind(kind, isWord);
      // A word may be spelled with escapes, and is the same word.
      if (STRINGS.has(kind)) this.#add("text", scanner.getTokenValue());
      else if (isWord) this.#add("word", scanner.getTokenValue());
      else this.#add("mark", source);
    }
    this.#line += source.split("\n").length - 1;
  }

  #slashBehind(kind: SyntaxKind, isWord: boolean): Slash {
    if (kind === SyntaxKind.OpenParenToken) {
      this.#brackets.push(this.#slashBehindBrackets());
      return "begins";
    }
    if (kind === SyntaxKind.CloseParenToken) return this.#brackets.pop() ?? "unclear";
    // Behind a block begins a statement, and behind an object a slash divides.
    if (kind === SyntaxKind.CloseBraceToken) return "unclear";
    if (!isWord) return VALUE_ENDS.has(kind) ? "divides" : "begins";
    if (isMember(this.#before)) return "divides";
    if (NAMES_OR_NOT.has(this.#scanner.getTokenValue())) return "unclear";
    return this.#scanner.isIdentifier() || VALUE_ENDS.has(kind) ? "divides" : "begins";
  }

  #slashBehindBrackets(): Slash {
    const head = this.#before;
    if (head?.kind !== "word" || isMember(this.#beforeThat)) return "divides";
    // `for await (…)` or `await (…)`.
    if (head.value === "await") return "unclear";
    return HEADS.has(head.value) ? "begins" : "divides";
  }
}

/** Whether what follows this token is a property's name. */
function isMember(before: Token | undefined): boolean {
  return before?.kind === "mark" && (before.value === "." || before.value === "?.");
}

export function tokensOf(text: string): readonly Token[] {
  return new Cutter(text).run();
}
