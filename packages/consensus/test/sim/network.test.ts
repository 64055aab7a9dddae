import { Prng } from "@touchmark/core";
import { beforeEach, describe, expect, test } from "vitest";
import { type LinkQuality, Network } from "../../src/sim/network.ts";
import { Scheduler } from "../../src/sim/scheduler.ts";

const MACHINES = 3;
const STEADY: LinkQuality = {
  least: Array.from({ length: MACHINES }, () => Array.from({ length: MACHINES }, () => 100)),
  spread: 50,
  loss: 0,
  duplication: 0,
  reorders: true,
};

let scheduler: Scheduler;
let heard: string[];

function create(quality: Partial<LinkQuality> = {}): Network {
  scheduler = new Scheduler();
  heard = [];
  return new Network(scheduler, new Prng(5), MACHINES, { ...STEADY, ...quality });
}

function send(network: Network, from: number, to: number, text: string, traffic = "prepare"): void {
  network.send(from, to, traffic, () => heard.push(text));
}

describe("the network", () => {
  beforeEach(() => create());

  test("a message takes the link's least delay and up to its spread more", () => {
    const network = create();
    let at = 0;
    network.send(0, 1, "prepare", () => (at = scheduler.now));
    scheduler.run(1_000);
    expect(at).toBeGreaterThanOrEqual(100);
    expect(at).toBeLessThanOrEqual(150);
  });

  test("a partition can cut one direction, partitions overlap, and what travels already still arrives", () => {
    const network = create();
    send(network, 0, 1, "on its way");
    network.cut([0], [1]);
    network.cut([0, 2], [1]);
    send(network, 0, 1, "lost");
    send(network, 2, 1, "lost too");
    send(network, 1, 0, "the other direction");
    network.mend([0, 2], [1]);
    send(network, 0, 1, "still cut once");
    send(network, 2, 1, "mended");
    network.mend([0], [1]);
    send(network, 0, 1, "mended at last");
    scheduler.run(1_000);
    expect([...heard].sort()).toEqual(["mended", "mended at last", "on its way", "the other direction"]);
  });

  test("loss, duplication and bias end when the network heals", () => {
    const network = create({ loss: 0.5, duplication: 0.5 });
    network.cut([0], [1]);
    network.bias({ traffic: undefined, from: undefined, to: undefined, factor: 50, loss: 0.9 });
    network.slow(1, 10);
    network.calm();
    network.mend([0], [1]);
    for (let i = 0; i < 50; i++) send(network, 0, 1, `${i}`);
    scheduler.run(150);
    expect([...heard].sort()).toEqual(Array.from({ length: 50 }, (_, i) => `${i}`).sort());
    expect(network.isCut(0, 1)).toBe(false);
  });

  test("lossy links lose about their part, and repeat about their part", () => {
    const network = create({ loss: 0.3, duplication: 0.5 });
    for (let i = 0; i < 1_000; i++) send(network, 0, 1, `${i}`);
    scheduler.run(1_000);
    expect(new Set(heard).size).toBeGreaterThan(630);
    expect(new Set(heard).size).toBeLessThan(770);
    expect(heard.length).toBeGreaterThan(1.4 * new Set(heard).size);
  });

  test("a bias meets the traffic, the senders and the receivers that it names", () => {
    const network = create();
    const bias = { traffic: new Set(["commit"]), from: new Set([0]), to: new Set([1]), factor: 1, loss: 1 };
    network.bias(bias);
    send(network, 0, 1, "lost", "commit");
    send(network, 0, 1, "another kind", "prepare");
    send(network, 2, 1, "another sender", "commit");
    send(network, 0, 2, "another receiver", "commit");
    network.unbias(bias);
    send(network, 0, 1, "afterwards", "commit");
    scheduler.run(1_000);
    expect([...heard].sort()).toEqual(["afterwards", "another kind", "another receiver", "another sender"]);
  });

  test("a link that keeps its order delivers in the order of sending", () => {
    const network = create({ reorders: false, spread: 5_000 });
    for (let i = 0; i < 100; i++) send(network, 0, 1, `${i}`);
    scheduler.run(10_000);
    expect(heard).toEqual(Array.from({ length: 100 }, (_, i) => `${i}`));
    const unordered = create({ spread: 5_000 });
    for (let i = 0; i < 100; i++) send(unordered, 0, 1, `${i}`);
    scheduler.run(10_000);
    expect(heard).not.toEqual(Array.from({ length: 100 }, (_, i) => `${i}`));
  });
});
