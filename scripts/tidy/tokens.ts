import { SyntaxKind } from "typescript/unstable/ast";
import { createScanner, type Scanner } from "typescript/unstable/ast/scanner";

/**
 * TypeScript as the compiler's own scanner cuts it. A scanner alone can't tell a division from a regular
 * expression, nor the end of a template's hole from a closing brace; a parser tells it which, and here
 * the token before and a stack of braces do.
 */
export interface Token {
  readonly kind: "word" | "text" | "comment" | "mark";
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
  SyntaxKind.CloseParenToken,
  SyntaxKind.CloseBracketToken,
  SyntaxKind.CloseBraceToken,
  SyntaxKind.ThisKeyword,
  SyntaxKind.SuperKeyword,
  SyntaxKind.PlusPlusToken,
  SyntaxKind.MinusMinusToken,
]);

/** Scans one token, resolving slashes by what came before and braces by the templates that are open. */
function scanInContext(scanner: Scanner, isAfterValue: boolean, braces: ("block" | "hole")[]): SyntaxKind {
  const kind = scanner.scan();
  if (kind === SyntaxKind.SlashToken || kind === SyntaxKind.SlashEqualsToken) {
    return isAfterValue ? kind : scanner.reScanSlashToken();
  }
  if (kind === SyntaxKind.TemplateHead) braces.push("hole");
  else if (kind === SyntaxKind.OpenBraceToken) braces.push("block");
  else if (kind === SyntaxKind.CloseBraceToken && braces.pop() === "hole") {
    const part = scanner.reScanTemplateToken(false);
    if (part === SyntaxKind.TemplateMiddle) braces.push("hole");
    return part;
  }
  return kind;
}

export function tokensOf(text: string): readonly Token[] {
  const scanner = createScanner(false, undefined, text);
  const tokens: Token[] = [];
  const braces: ("block" | "hole")[] = [];
  let isAfterValue = false;
  let line = 1;
  for (;;) {
    const kind = scanInContext(scanner, isAfterValue, braces);
    if (kind === SyntaxKind.EndOfFile) return tokens;
    const source = scanner.getTokenText();
    if (COMMENTS.has(kind)) tokens.push({ kind: "comment", value: source, line });
    else if (!SPACE.has(kind)) {
      const isWord = scanner.isIdentifier() || scanner.isReservedWord();
      if (STRINGS.has(kind)) tokens.push({ kind: "text", value: scanner.getTokenValue(), line });
      else tokens.push({ kind: isWord ? "word" : "mark", value: source, line });
      isAfterValue = scanner.isIdentifier() || VALUE_ENDS.has(kind);
    }
    line += source.split("\n").length - 1;
  }
}
