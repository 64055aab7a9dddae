import { portableVerifier } from "@touchmark/core";
import { nativeVerifier, nodeEd25519Verifier } from "@touchmark/core/native";
import { readDer } from "./der.ts";
import { createOracle } from "./oracle.ts";
import { type Implementation, implementation } from "./suite.ts";

/** Everything that verifies signatures anywhere in the project. */
export const IMPLEMENTATIONS: readonly Implementation[] = [
  implementation("native (libsodium, OpenSSL)", nativeVerifier),
  implementation("native (OpenSSL alone)", nodeEd25519Verifier),
  implementation("portable (noble)", portableVerifier),
];

/** The rule on integers: too slow for thousands of cases, so it judges where cases are few and hard. */
export const ORACLE: Implementation = implementation("oracle", createOracle(), readDer);
