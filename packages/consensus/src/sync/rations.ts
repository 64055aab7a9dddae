import { bytesToKey, type Nanos } from "@touchmark/core";
import type { PeerKey } from "../input.ts";

/** P-6: what one asker is answered with in a second, in bytes; the last answer of a second may go beyond it. */
const BYTES_PER_SECOND = 16 * 1024 * 1024;
const SECOND = 1_000_000_000n;
const PEERS_MAX = 1_024;

interface Ration {
  since: Nanos;
  bytes: number;
}

/** P-6: an asker costs the others no more than so much, however far behind it is and whatever it asks for. */
export class Rations {
  private readonly byPeer = new Map<string, Ration>();

  /** Whether another answer may go to this peer now. */
  allows(peer: PeerKey, now: Nanos): boolean {
    return this.at(peer, now).bytes < BYTES_PER_SECOND;
  }

  spend(peer: PeerKey, now: Nanos, bytes: number): void {
    this.at(peer, now).bytes += bytes;
  }

  private at(peer: PeerKey, now: Nanos): Ration {
    const key = bytesToKey(peer);
    let ration = this.byPeer.get(key);
    if (ration === undefined) {
      if (this.byPeer.size >= PEERS_MAX) this.byPeer.clear();
      ration = { since: now, bytes: 0 };
      this.byPeer.set(key, ration);
    }
    if (now - ration.since >= SECOND) {
      ration.since = now;
      ration.bytes = 0;
    }
    return ration;
  }
}
