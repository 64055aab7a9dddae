import { LevelStore } from "@touchmark/node";
import { batchOfRound } from "./rounds.ts";

/**
 * A program to be killed: it writes one batch after another into the store at its first argument, from the round of
 * its second, and prints each round when it is written.
 */
const [path = "", from = ""] = process.argv.slice(2);
const store = await LevelStore.open({ path });
for (let round = Number(from); ; round++) {
  store.write(batchOfRound(round));
  process.stdout.write(`${round}\n`);
}
