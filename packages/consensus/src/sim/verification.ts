import { type Epoch, isRejection, type Result, type SignatureVerifier } from "@touchmark/core";
import type { Committee } from "../committee.ts";
import type { Message, Verified } from "../messages.ts";
import type { Chain } from "../signing.ts";
import { MessageVerifier, type VerifyCode } from "../verify.ts";

/** The committees that one machine knows. */
export type KnownCommittees = ReadonlyMap<number, Committee>;

interface Judged {
  readonly result: Result<Verified, VerifyCode>;
  /** The verdict stands for whoever knows the same committees of these epochs. */
  readonly asked: ReadonlyMap<Epoch, Committee | undefined>;
}

/**
 * Judges each message once, not once per receiver: machines share the object that was sent, and committees
 * are interned, so a verdict depends on nothing but the committees that it asked for.
 */
export class Verification {
  private readonly judged = new WeakMap<Message, Judged>();
  private readonly verifier: MessageVerifier;
  private known: KnownCommittees = new Map();
  private asked = new Map<Epoch, Committee | undefined>();
  private readonly refusals = new Map<string, number>();

  constructor(chain: Chain, signatures: SignatureVerifier) {
    const committeeOf = (epoch: Epoch): Committee | undefined => {
      const committee = this.known.get(epoch);
      this.asked.set(epoch, committee);
      return committee;
    };
    this.verifier = new MessageVerifier(chain, committeeOf, signatures);
  }

  /** How often a message was refused, by code. */
  get refused(): ReadonlyMap<string, number> {
    return this.refusals;
  }

  judge(message: Message, known: KnownCommittees): Result<Verified, VerifyCode> {
    const judged = this.judged.get(message);
    const result =
      judged !== undefined && holdsFor(judged, known) ? judged.result : this.verify(message, known);
    if (isRejection(result)) this.refusals.set(result.code, (this.refusals.get(result.code) ?? 0) + 1);
    return result;
  }

  private verify(message: Message, known: KnownCommittees): Result<Verified, VerifyCode> {
    this.known = known;
    this.asked = new Map();
    const result = this.verifier.verify(message);
    this.judged.set(message, { result, asked: this.asked });
    return result;
  }
}

function holdsFor(judged: Judged, known: KnownCommittees): boolean {
  for (const [epoch, committee] of judged.asked) if (known.get(epoch) !== committee) return false;
  return true;
}
