import { bytesToKey, type Digest, Epoch, equalBytes, Height, must, Seq, View } from "@touchmark/core";
import type { ValidatorIndex } from "../../committee.ts";
import type { Cut, LaneBatch, MessageOf, PrepareCertificate, Prepared, Signer } from "../../messages.ts";
import type { SignedOnce } from "../../recovery.ts";
import { batchDigest, cutDigest, finalDigest, viewChangeDigest, voteDigest } from "../../signing.ts";
import type { Local, Locals } from "./local.ts";
import type { Hearing, Saying } from "./phase.ts";
import type { Setting } from "./setting.ts";
import type { Spoken } from "./spoken.ts";

const EPOCH = Epoch.of(0);

interface Known {
  readonly cut: Cut;
  readonly digest: Digest;
}

/**
 * The leader of view 0 as a faulty validator (one of four): it has two cuts for height 1, and says in each phase to
 * each replica whatever helps: either, or nothing. It votes for whatever is proposed, certifies what can be
 * certified with its vote, and in a change of views shows none, or some, of what it could.
 */
export class Puppet {
  readonly index = 0;
  private readonly setting: Setting;
  private readonly locals: Locals;
  private readonly self: ValidatorIndex;
  private readonly first: readonly Known[];
  private readonly second: readonly Known[];
  private readonly made = new Map<string, Spoken>();

  constructor(setting: Setting, locals: Locals) {
    this.setting = setting;
    this.locals = locals;
    this.self = setting.committee.leaderOf(0);
    const whole = proposalsOf(must(locals.openings[0], "the leader"))[0];
    const cut = must(whole, "the leader's own proposal");
    this.first = [cut, shortened(setting, cut)].map((it) => this.known(it));
    this.second =
      setting.heights === 1
        ? []
        : this.first.map((parent) => this.known(setting.above(parent.cut, parent.digest)));
  }

  private known(cut: Cut): Known {
    return { cut, digest: cutDigest(this.setting.chain, EPOCH, cut) };
  }

  /** What it may say in this phase, one of these or nothing to each. */
  says(phase: Hearing, state: readonly Local[]): readonly Spoken[] {
    return phase.sayings.flatMap((it) => this.saysAs(it, state));
  }

  private saysAs(saying: Saying, state: readonly Local[]): readonly Spoken[] {
    switch (saying.what) {
      case "preprepare":
        return saying.view === 0 ? this.proposals(saying, state) : [];
      case "prepare":
      case "commit":
        return this.votes(saying.what, saying, state);
      case "final":
        return this.finals(saying, state);
      case "viewChange":
        return this.viewChanges(saying, state);
      case "newView":
        return [];
    }
  }

  private say(name: string, make: () => SignedOnce): Spoken {
    const known = this.made.get(name) ?? this.locals.spoken.take(this.index, make());
    this.made.set(name, known);
    return known;
  }

  /** P-1: on height 1 with the parent's certificate where there is one, and without. */
  private proposals({ view, height }: Saying, state: readonly Local[]): readonly Spoken[] {
    const known = height === 1 ? this.first : this.second;
    return known.flatMap((it) => {
      const certificate = height === 1 ? undefined : this.certificate(height - 1, it.cut.parent, state);
      return (certificate === undefined ? [undefined] : [undefined, certificate]).map((parentCertificate) =>
        this.say(`preprepare ${bytesToKey(it.digest)} ${parentCertificate === undefined}`, () => {
          const at = { epoch: EPOCH, view: View.of(view), height: Height.of(height), digest: it.digest };
          const signature = this.sign(voteDigest(this.setting.chain, "preprepare", at));
          return {
            kind: "preprepare",
            epoch: EPOCH,
            view: at.view,
            cut: it.cut,
            parentCertificate,
            signature,
          };
        }),
      );
    });
  }

  private sign(digest: Digest): Uint8Array {
    return this.setting.signerOf(this.index).sign(digest);
  }

  private votes(
    kind: "prepare" | "commit",
    { view, height }: Saying,
    state: readonly Local[],
  ): readonly Spoken[] {
    return this.proposedAt(view, height, state).map((digest) =>
      this.say(`${kind} ${view} ${height} ${bytesToKey(digest)}`, () => {
        const at = { epoch: EPOCH, view: View.of(view), height: Height.of(height), digest };
        const signature = this.sign(voteDigest(this.setting.chain, kind, at));
        return { kind, ...at, validator: this.self, signature };
      }),
    );
  }

  private proposedAt(view: number, height: number, state: readonly Local[]): readonly Digest[] {
    if (view === 0) return (height === 1 ? this.first : this.second).map((it) => it.digest);
    const leader = must(state[view], "the view's leader");
    const cuts = proposalsOf(leader, view).filter((it) => it.height === height);
    return cuts.map((it) => cutDigest(this.setting.chain, EPOCH, it));
  }

  /** What others sign of a state, it signs too. */
  private finals({ height }: Saying, state: readonly Local[]): readonly Spoken[] {
    const found = new Map<string, Spoken>();
    for (const { message } of state.flatMap((it) => it.said)) {
      if (message.kind !== "final" || message.height !== height) continue;
      const name = `final ${height} ${bytesToKey(message.blockHash)}`;
      const spoken = this.say(name, () => {
        const signature = this.sign(finalDigest(this.setting.chain, message));
        return { ...message, validator: this.self, signature };
      });
      found.set(name, spoken);
    }
    return [...found.values()];
  }

  /** P-4: nothing held, or what can be certified at one height, or at both. */
  private viewChanges({ view }: Saying, state: readonly Local[]): readonly Spoken[] {
    const [low, high] = [this.first, this.second].map((known, at) => this.certifiable(known, at + 1, state));
    const pairs = (low ?? []).flatMap((a) => (high ?? []).map((b) => [a, b]));
    const choices = [[], ...(low ?? []).map((it) => [it]), ...(high ?? []).map((it) => [it]), ...pairs];
    return choices.map((prepared) => {
      const names = prepared.map((it) => bytesToKey(it.certificate.digest));
      return this.say(`viewChange ${view} ${names.join()}`, () => {
        const body = { epoch: EPOCH, view: View.of(view), finality: undefined, prepared };
        const signature = this.sign(viewChangeDigest(this.setting.chain, body));
        return { kind: "viewChange", ...body, validator: this.self, signature };
      });
    });
  }

  private certifiable(known: readonly Known[], height: number, state: readonly Local[]): readonly Prepared[] {
    return known.flatMap(({ cut, digest }) => {
      const certificate = this.certificate(height, digest, state);
      return certificate === undefined ? [] : [{ cut, certificate }];
    });
  }

  /** Its own vote and those of correct replicas that prepared the cut in view 0, if they are enough. */
  private certificate(
    height: number,
    digest: Digest,
    state: readonly Local[],
  ): PrepareCertificate | undefined {
    const at = { epoch: EPOCH, view: View.of(0), height: Height.of(height), digest };
    const others = state.slice(1).flatMap((it): readonly Signer[] => {
      const vote = it.said
        .map((spoken) => spoken.message)
        .find((message) => isPrepareOf(message, height, digest));
      return vote === undefined ? [] : [{ validator: vote.validator, signature: vote.signature }];
    });
    if (others.length + 1 < this.setting.committee.quorum) return undefined;
    const own = { validator: this.self, signature: this.sign(voteDigest(this.setting.chain, "prepare", at)) };
    return { ...at, signers: [own, ...others] };
  }
}

function isPrepareOf(message: SignedOnce, height: number, digest: Digest): message is MessageOf<"prepare"> {
  return (
    message.kind === "prepare" &&
    message.view === 0 &&
    message.height === height &&
    equalBytes(message.digest, digest)
  );
}

function proposalsOf(leader: Local, view = 0): readonly Cut[] {
  return leader.said.flatMap(({ message }) =>
    message.kind === "preprepare" && message.view === view ? [message.cut] : [],
  );
}

/** Another valid cut: the last lane counts up to its first batch only. C-2: the horizon is the second lowest head. */
function shortened(setting: Setting, cut: Cut): Cut {
  const last = cut.tips.length - 1;
  const batches = setting.batches.flat();
  const digestOf = (batch: LaneBatch) => batchDigest(setting.chain, batch);
  const lane = setting.batches[last]?.[0];
  const tips = cut.tips.map((it, at) => {
    return at === last && lane !== undefined ? { seq: Seq.of(1), digest: digestOf(lane) } : it;
  });
  const heads = tips.map(
    (tip) => batches.find((it) => equalBytes(digestOf(it), tip.digest))?.head ?? setting.genesis.time,
  );
  const sorted = heads.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  // A full block goes no further than what it takes, whatever the heads are.
  const horizon = setting.heights === 1 ? must(sorted[setting.committee.f], "a head") : cut.horizon;
  return { ...cut, tips, horizon };
}
