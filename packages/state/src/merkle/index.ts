export { CHANGES_MAX, ChangeList } from "./changes.ts";
export {
  CHUNK_LEAVES_MAX,
  type Chunk,
  type ChunkCode,
  type ChunkProof,
  ChunkSequence,
  chunkProof,
  type ProvenChunk,
  verifyChunk,
} from "./chunk.ts";
export {
  EMPTY_ROOT,
  type KeyHash,
  keyHashOf,
  type Leaf,
  type StateRoot,
  stateRootSchema,
  toKeyHash,
  toStateRoot,
  toValueHash,
  type ValueHash,
  valueHashOf,
} from "./digest.ts";
export {
  type Claim,
  type ProofCode,
  type ProvenClaim,
  type StateProof,
  stateProof,
  verifyProof,
} from "./proof.ts";
export { StateTree } from "./tree.ts";
