/**
 * What must hold of certification in every state. For tests and random walks: they read the whole store.
 */
import { bytesToHex, bytesToKey } from "@touchmark/core";
import type { Keyspace } from "../../keyspace.ts";
import { type Reader, readAll, viewOf } from "../../reader.ts";
import { machines, participants } from "../identity/records.ts";
import { lots } from "../materials/records.ts";
import {
  accreditationHolders,
  accreditations,
  audits,
  type Certificate,
  certificates,
  type Programme,
  programmes,
  standardCodes,
  standards,
} from "./records.ts";

/** A name for what is wrong, and where. */
type Violation = string;

/** capacity never exceeded, every reference resolves, no state that no transition leads to. */
export function certificationViolations(reader: Reader): readonly Violation[] {
  return [
    ...ofStandards(reader),
    ...ofAccreditations(reader),
    ...ofProgrammes(reader),
    ...ofAudits(reader),
    ...ofCertificates(reader),
  ];
}

function isThere<K>(reader: Reader, space: Keyspace<K, unknown>, key: K | undefined): boolean {
  return key === undefined || viewOf(reader).get(space, key) !== undefined;
}

function* ofStandards(reader: Reader): Iterable<Violation> {
  const current = new Set<string>();
  for (const [id, { body, code, version, status }] of readAll(reader, standards)) {
    if (!isThere(reader, participants, body)) yield `standard ${bytesToHex(id)}: its body is nobody`;
    const newest = viewOf(reader).get(standardCodes, code);
    const latest = newest === undefined ? undefined : viewOf(reader).get(standards, newest);
    if (latest === undefined || latest.code !== code || latest.version < version)
      yield `standard ${bytesToHex(id)}: its code doesn't lead to the newest version`;
    if (status !== "CURRENT") continue;
    if (current.has(code)) yield `${code}: two standards are current`;
    current.add(code);
  }
}

function* ofAccreditations(reader: Reader): Iterable<Violation> {
  const view = viewOf(reader);
  for (const [id, record] of readAll(reader, accreditations)) {
    const { standard, who, office, status, suspendedAt } = record;
    const name = `accreditation ${bytesToHex(id)}`;
    if (!isThere(reader, standards, standard)) yield `${name}: its standard isn't there`;
    if (!isThere(reader, participants, who)) yield `${name}: its holder is nobody`;
    if (status === "ACTIVE" && suspendedAt !== undefined) yield `${name}: active and suspended`;
    if (status === "SUSPENDED" && suspendedAt === undefined) yield `${name}: suspended at no time`;
    const isLive = status === "ACTIVE" || status === "SUSPENDED";
    const held = view.get(accreditationHolders, { standard, who, office });
    if (held === undefined) yield `${name}: its holder isn't listed`;
    else if (isLive && bytesToKey(held) !== bytesToKey(id)) yield `${name}: lives beside another`;
  }
}

function* ofProgrammes(reader: Reader): Iterable<Violation> {
  for (const [id, programme] of readAll(reader, programmes)) {
    const name = `programme ${bytesToHex(id)}`;
    const { producer, standard, used, capacity, certifier, audit } = programme;
    if (used > capacity) yield `${name}: ${used} of ${capacity} is used`;
    if (!isThere(reader, participants, producer)) yield `${name}: its producer is nobody`;
    if (!isThere(reader, participants, certifier)) yield `${name}: its certifier is nobody`;
    if (!isThere(reader, standards, standard)) yield `${name}: its standard isn't there`;
    if (!isThere(reader, audits, audit)) yield `${name}: its audit isn't there`;
    if (!isDecided(programme)) yield `${name}: its status and its decision differ`;
  }
}

function isDecided(programme: Programme): boolean {
  const { status, certifier, audit, decidedAt, suspendedBy, used } = programme;
  const decisions = [certifier, audit, decidedAt].filter((it) => it !== undefined).length;
  if (status === "APPLIED" || status === "LAPSED") return decisions === 0 && used === 0;
  if (status === "ACTIVE" && suspendedBy !== undefined) return false;
  if (status === "SUSPENDED" && suspendedBy === undefined) return false;
  return decisions === 3;
}

function* ofAudits(reader: Reader): Iterable<Violation> {
  const view = viewOf(reader);
  for (const [id, { programme, auditor, accreditation }] of readAll(reader, audits)) {
    const name = `audit ${bytesToHex(id)}`;
    if (!isThere(reader, programmes, programme)) yield `${name}: its programme isn't there`;
    const by = view.get(accreditations, accreditation);
    if (by === undefined || by.office !== "auditor" || bytesToKey(by.who) !== bytesToKey(auditor))
      yield `${name}: its auditor wasn't accredited`;
  }
}

function* ofCertificates(reader: Reader): Iterable<Violation> {
  const view = viewOf(reader);
  for (const [id, record] of readAll(reader, certificates)) {
    const name = `certificate ${bytesToHex(id)}`;
    const by = view.get(accreditations, record.accreditation);
    const isTheirs = by !== undefined && bytesToKey(by.who) === bytesToKey(record.issuer);
    if (!isTheirs || by.office === "auditor") yield `${name}: its issuer wasn't accredited`;
    if (!isThere(reader, standards, record.standard)) yield `${name}: its standard isn't there`;
    if (!isSubjectThere(reader, record)) yield `${name}: its subject isn't there`;
  }
}

function isSubjectThere(reader: Reader, { subject }: Certificate): boolean {
  if (subject.kind === "lot") return isThere(reader, lots, subject.id);
  return subject.kind !== "machine" || isThere(reader, machines, subject.id);
}
