import { assert, must, View } from "@touchmark/core";
import type { CreateAdversary } from "../adversary.ts";
import type { Flaw } from "../broken.ts";
import { Checker } from "../checker/checker.ts";
import { Cluster } from "../cluster.ts";
import type { RunListener } from "../event-log.ts";
import { DEFAULT_PROTOCOL, PROTOCOLS } from "../protocols.ts";
import { type RunViolation, setupOf } from "../run.ts";
import type { SimTransaction } from "../transaction-pool.ts";
import { type TrueTime, toDuration, toNanos, toTrueTime } from "../true-time.ts";
import { ScriptedGate } from "./gate.ts";
import { whatIsAmiss } from "./judge.ts";
import { planOfScenario, puppetName } from "./plan.ts";
import { Puppet } from "./puppet.ts";
import type { Scenario, Step } from "./steps.ts";
import { Watcher } from "./watcher.ts";

export interface ScenarioOptions {
  /** A rule is taken out. */
  readonly flaw?: Flaw | undefined;
  readonly listeners?: readonly RunListener[];
}

const BYTES = 200;

type StepOf<Kind extends Step["kind"]> = Extract<Step, { readonly kind: Kind }>;

/** One run of a scenario: its steps one after another, in virtual time. */
class ScenarioRun {
  readonly cluster: Cluster;
  readonly watcher = new Watcher();
  private readonly gate: ScriptedGate;
  private readonly puppets = new Map<number, Puppet>();
  private readonly transactions = new Map<string, SimTransaction[]>();

  constructor(scenario: Scenario, { flaw }: ScenarioOptions) {
    const plan = planOfScenario(scenario);
    const { createReplica } = must(PROTOCOLS.get(DEFAULT_PROTOCOL), "the protocol");
    const adversaries = new Map(
      plan.machines.map((_, machine) => [puppetName(machine), this.puppeteer(machine)] as const),
    );
    const setup = { plan, createReplica, adversaries };
    this.cluster = new Cluster(flaw === undefined ? setup : { ...setup, flaw });
    const { scheduler, network } = this.cluster.world;
    this.gate = new ScriptedGate(scheduler, network);
    this.cluster.listen(this.watcher);
  }

  private puppeteer(machine: number): CreateAdversary {
    return (world) => {
      const puppet = new Puppet(world);
      this.puppets.set(machine, puppet);
      return puppet;
    };
  }

  /** What the step expected and did not get. */
  take(step: Step): string | undefined {
    switch (step.kind) {
      case "run":
        this.run(step.length);
        break;
      case "submit":
        this.submit(step);
        break;
      case "ready":
        this.cluster.submit(this.submissionTo(step.to, undefined, "joiner"), step.machine);
        break;
      case "traffic":
        this.gate.add(step.rule);
        break;
      case "release":
        this.gate.release(step.filter);
        break;
      case "heal":
        this.gate.heal();
        break;
      case "crash":
      case "restart":
        this.cluster.apply({ kind: step.kind, machines: step.machines, at: this.cluster.now });
        break;
      case "execution":
        for (const number of step.machines) this.machine(number).executor.slow(step.factor);
        break;
      case "clock":
        this.machine(step.machine).jumpClock(step.by);
        break;
      case "propose":
        this.propose(step);
        break;
      case "expect":
        return this.expect(step);
    }
    return undefined;
  }

  private run(length: TrueTime, done?: () => boolean): void {
    this.cluster.run(this.cluster.now + length, done);
  }

  private machine(number: number): Cluster["machines"][number] {
    return must(this.cluster.machines[number], "a machine of the scenario");
  }

  private submissionTo(
    to: readonly number[],
    validFor: TrueTime | undefined,
    sender: "known" | "joiner",
  ): Parameters<Cluster["submit"]>[0] {
    const { params } = this.cluster.plan;
    const longest = Math.floor(toTrueTime(params.ttl) / 2);
    return { at: this.cluster.now, to, validFor: validFor ?? longest, bytes: BYTES, sender, isJunk: false };
  }

  private submit({ names, count, to, every, validFor }: StepOf<"submit">): void {
    const { scheduler } = this.cluster.world;
    let turn = 0;
    for (let i = 0; i < count; i++) {
      for (const name of names) {
        const group = this.transactions.get(name) ?? [];
        this.transactions.set(name, group);
        const submit = () => group.push(this.cluster.submit(this.submissionTo(to, validFor, "known")));
        // Without a pace they are there before the next step; with one they come while it goes on.
        if (every === 0) submit();
        else scheduler.after(turn * every, submit);
        turn += 1;
      }
    }
  }

  private propose({ machine, view, height, ofView, to }: StepOf<"propose">): void {
    const puppet = this.puppets.get(machine);
    const cut = this.watcher.cutOf(height, ofView);
    assert(puppet !== undefined, "only a hostile machine proposes what the scenario says");
    assert(cut !== undefined, "what is proposed again was proposed before");
    const keys = to.map((number) => this.machine(number).key);
    puppet.propose(View.of(view), cut, keys);
  }

  private expect({ expectation, within }: StepOf<"expect">): string | undefined {
    const correct = this.cluster.machines.filter((it) => it.isCorrect && it.isUp).map((it) => it.number);
    const evidence = {
      watcher: this.watcher,
      machines: expectation.at ?? correct,
      keysOf: (name: string) => (this.transactions.get(name) ?? []).map((it) => it.key),
    };
    let version = -1;
    let amiss = whatIsAmiss(expectation, evidence);
    const isMet = (): boolean => {
      if (this.watcher.version !== version) amiss = whatIsAmiss(expectation, evidence);
      ({ version } = this.watcher);
      return amiss === undefined;
    };
    if (within > 0) this.run(within, isMet);
    return amiss;
  }
}

/** The scenario's steps under the eyes of the checker; it ends with the first that got something else than expected. */
export function runScenario(scenario: Scenario, options: ScenarioOptions = {}): readonly RunViolation[] {
  const run = new ScenarioRun(scenario, options);
  const { cluster } = run;
  const { progress: _, ...setup } = setupOf(cluster);
  const jumps = scenario.steps.map((it) => (it.kind === "clock" ? Math.abs(it.by) : 0));
  const clockErrorMax = toDuration(jumps.reduce((a, b) => a + b, 0));
  // What must have happened when stands in the scenario, so the checker asks for no progress.
  const checker = new Checker({ ...setup, healedAt: undefined, clockErrorMax });
  for (const listener of [checker, ...(options.listeners ?? [])]) cluster.listen(listener);
  const violations: RunViolation[] = [];
  // The machines start with the run, before the first step.
  cluster.run(0);
  for (const step of scenario.steps) {
    const amiss = run.take(step);
    if (amiss === undefined) continue;
    violations.push({ property: "expectation", detail: `line ${step.line}: ${step.text}: ${amiss}` });
    break;
  }
  const failures = cluster.failures.map(({ machine, property, detail, cause }) => ({
    property,
    detail: `machine ${machine}: ${detail}`,
    cause,
  }));
  return [...violations, ...failures, ...checker.finish({ at: toNanos(cluster.now) })];
}
