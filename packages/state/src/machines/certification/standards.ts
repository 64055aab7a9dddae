/**
 * Standards, each the work of one body.
 *
 *   publish → CURRENT → supersede → SUPERSEDED → withdraw → WITHDRAWN*
 *             CURRENT → withdraw → WITHDRAWN*
 *
 * Nothing new begins on what isn't current; what runs, runs on.
 */
import { digestSchema, type Id, Nanos } from "@touchmark/core";
import { type Context, operation } from "../../machine.ts";
import { check, refuse } from "../../refusal.ts";
import { needRole } from "../identity/guards.ts";
import { published, superseded, withdrawn } from "./events.ts";
import {
  type Standard,
  standardCode,
  standardCodes,
  standardId,
  standards,
  standardVersion,
} from "./records.ts";
import { needBody } from "./standing.ts";

const content = { version: standardVersion, digest: digestSchema, auditMaxAge: Nanos.schema } as const;

function addStandard(ctx: Context, fields: Omit<Standard, "body" | "status">): Id<"stnd"> {
  const standard = ctx.newId("stnd");
  const body = ctx.acting;
  ctx.put(standards, standard, { ...fields, body, status: "CURRENT" });
  ctx.put(standardCodes, fields.code, standard);
  const { code, version, digest, auditMaxAge } = fields;
  ctx.emit(published, { standard, body, code, version, digest, auditMaxAge });
  return standard;
}

export const publish = operation({
  name: "standard.publish",
  number: 200,
  fields: { code: standardCode, ...content },
  who: "a standards body",
  guard: "role standards; the code is new → CURRENT, and the code is this body's for ever",
  codes: [],
  events: [published],
  since: 1,
  run(ctx, fields) {
    needRole(ctx, ctx.acting, "standards");
    check(ctx.get(standardCodes, fields.code) === undefined, "DUPLICATE");
    const { code, version, digest, auditMaxAge } = fields;
    addStandard(ctx, { code, version, digest, auditMaxAge });
  },
});

export const supersede = operation({
  name: "standard.supersede",
  number: 201,
  fields: { standard: standardId, ...content },
  who: "its body",
  guard: "role standards; CURRENT; the version rises → SUPERSEDED, and a new standard of the code is CURRENT",
  codes: ["VERSION_NOT_RISING"],
  events: [published, superseded],
  objects: (fields) => [fields.standard],
  since: 1,
  run(ctx, { standard: id, version, digest, auditMaxAge }) {
    const standard = needBody(ctx, id);
    check(standard.status === "CURRENT", "WRONG_STATUS");
    if (version <= standard.version) refuse("VERSION_NOT_RISING", { version: standard.version });
    ctx.put(standards, id, { ...standard, status: "SUPERSEDED" });
    const by = addStandard(ctx, { code: standard.code, version, digest, auditMaxAge });
    ctx.emit(superseded, { standard: id, by });
  },
});

export const withdraw = operation({
  name: "standard.withdraw",
  number: 202,
  fields: { standard: standardId },
  who: "its body",
  guard: "role standards; CURRENT or SUPERSEDED → WITHDRAWN",
  codes: [],
  events: [withdrawn],
  objects: (fields) => [fields.standard],
  since: 1,
  run(ctx, { standard: id }) {
    const standard = needBody(ctx, id);
    check(standard.status !== "WITHDRAWN", "WRONG_STATUS");
    ctx.put(standards, id, { ...standard, status: "WITHDRAWN" });
    ctx.emit(withdrawn, { standard: id });
  },
});
