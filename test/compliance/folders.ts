import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LevelStore, type LevelStoreOptions } from "@touchmark/node";
import { onTestFinished } from "vitest";

/** A folder that is gone when the test is over. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "touchmark-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A store that is closed when the test is over, if the test hasn't done it. */
export async function openLevelStore(options: LevelStoreOptions): Promise<LevelStore> {
  const store = await LevelStore.open(options);
  onTestFinished(() => store.close());
  return store;
}
