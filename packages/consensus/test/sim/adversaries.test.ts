import { bytesToKey, equalBytes, must } from "@touchmark/core";
import { describe, expect, test } from "vitest";
import { Replica } from "../../src/replica.ts";
import { voteDigest } from "../../src/signing.ts";
import { ADVERSARIES, TWINS } from "../../src/sim/adversaries/all.ts";
import { Cluster } from "../../src/sim/cluster.ts";
import type { Plan } from "../../src/sim/plan.ts";
import { quietPlan } from "../../src/sim/quiet-plan.ts";
import type { RunEvent } from "../../src/sim/run-event.ts";
import { SECONDS } from "../../src/sim/true-time.ts";

/** Machine 0, which leads, is run by the adversary; links and clocks are faultless. */
function hostilePlan(seed: number, adversary: string): Plan {
  const plan = quietPlan({ seed, validators: 4 });
  const machines = plan.machines.map((it, number) => (number === 0 ? { ...it, adversary } : it));
  const first = must(machines[0], "the first machine");
  const isTwins = adversary === TWINS;
  const links = isTwins ? quietPlan({ seed, validators: 5 }).links : plan.links;
  return { ...plan, machines: isTwins ? [...machines, { ...first, place: 1 }] : machines, links };
}

function create(seed: number, adversary: string): Cluster {
  const plan = hostilePlan(seed, adversary);
  return new Cluster({ plan, createReplica: (config, rules) => new Replica(config, rules) });
}

/** Up to the adversary's first deed, over a few seeds. */
function firstAct(adversary: string): RunEvent | undefined {
  let found: RunEvent | undefined;
  for (let seed = 1; seed <= 8 && found === undefined; seed++) {
    const cluster = create(seed, adversary);
    cluster.listen({
      kinds: new Set(["hostile"]),
      observe: (event) => {
        found ??= event;
      },
    });
    // In the middle of things the first leader crashes, so that those who wait for a view change get one.
    cluster.run(1 * SECONDS, () => found !== undefined);
    if (found !== undefined) break;
    cluster.apply({ kind: "crash", machines: [0], at: cluster.now });
    cluster.run(2 * SECONDS);
    cluster.apply({ kind: "restart", machines: [0], at: cluster.now });
    cluster.run(5 * SECONDS, () => found !== undefined);
  }
  return found;
}

describe("adversaries", () => {
  test.each([...ADVERSARIES.keys()])("%s acts, under its own name", (adversary) => {
    const event = firstAct(adversary);
    expect(event?.kind === "hostile" && event.adversary).toBe(adversary);
  });

  test("S-2 junk-txids invents in some runs more txids than any list of requests has room for", () => {
    const invented = (seed: number): number => {
      const cluster = create(seed, "junk-txids");
      let count = 0;
      cluster.listen({
        kinds: new Set(["hostile"]),
        observe: (event) => {
          if (event.kind === "hostile") count += Number.parseInt(event.act, 10);
        },
      });
      cluster.run(SECONDS / 2);
      expect(cluster.failures).toEqual([]);
      return count;
    };
    const counts = [2, 3].map(invented);
    expect(Math.max(...counts)).toBeGreaterThan(4_096);
    expect(Math.min(...counts)).toBeLessThan(1_000);
  });

  test("V-2 hidden-offers names to the leader what it never gives it, and gives it to others", () => {
    const quiet = quietPlan({ seed: 1, validators: 4 });
    const machines = quiet.machines.map((it, i) => (i === 3 ? { ...it, adversary: "hidden-offers" } : it));
    const cluster = new Cluster({
      plan: { ...quiet, machines },
      createReplica: (config, rules) => new Replica(config, rules),
    });
    const sent = new Map<string, number>();
    cluster.listen({
      kinds: new Set(["sent"]),
      observe: (event) => {
        if (event.kind !== "sent" || event.machine !== 3) return;
        const name = `${event.message.kind} to ${event.to}`;
        sent.set(name, (sent.get(name) ?? 0) + 1);
      },
    });
    cluster.run(2 * SECONDS);
    expect(cluster.failures).toEqual([]);
    expect(sent.get("batch to 0")).toBeUndefined();
    expect(sent.get("offer to 0")).toBeGreaterThan(5);
    expect(sent.get("batch to 1")).toBeGreaterThan(5);
    expect(cluster.machines[0]?.deliveredHeight).toBeGreaterThan(10);
  });

  test("twins sign with one key on two machines, and neither knows what the other has signed", () => {
    const cluster = create(2, TWINS);
    const signed = new Map<number, Set<string>>();
    cluster.listen({
      kinds: new Set(["sent"]),
      observe: (event) => {
        if (event.kind !== "sent" || event.message.kind !== "prepare") return;
        const { message, machine } = event;
        const committee = cluster.world.committee(message.epoch, cluster.world.genesis.validators);
        const publicKey = committee.keyOf(message.validator);
        if (!equalBytes(publicKey, cluster.world.keyAt(0))) return;
        const digest = voteDigest(cluster.world.chain, "prepare", message);
        const { signature } = message;
        const item = { algorithm: "ed25519", publicKey, message: digest, signature } as const;
        expect(cluster.world.signatures.verify(item)).toBe(true);
        signed.set(machine, (signed.get(machine) ?? new Set()).add(bytesToKey(digest)));
      },
    });
    cluster.run(3 * SECONDS);
    expect([...signed.keys()].sort()).toEqual([0, 4]);
    expect(cluster.machines.filter((it) => equalBytes(it.key, cluster.world.keyAt(0))).length).toBe(2);
  });

  test("an adversary's failures are its own: they count as no violation", () => {
    const cluster = new Cluster({
      plan: hostilePlan(1, "silent"),
      createReplica: (config, rules) => {
        const replica = new Replica(config, rules);
        return {
          step: (input) => {
            const isOwn = equalBytes(
              config.signer.publicKey,
              config.genesis.validators[0] ?? new Uint8Array(0),
            );
            if (isOwn && input.kind === "tick") throw new Error("confused");
            return replica.step(input);
          },
        };
      },
    });
    cluster.run(1 * SECONDS);
    expect(cluster.machines[0]?.isUp).toBe(false);
    expect(cluster.failures).toEqual([]);
  });
});
