import { DRAWN, escapeText, type Moment, SYMBOLS } from "./timeline-parts.ts";
import type { Picture } from "./timeline-picture.ts";

export interface TimelinePage {
  readonly title: string;
  /** The run in a few words each. */
  readonly facts: readonly string[];
  readonly moments: readonly Moment[];
  /** The end of the run, in milliseconds. */
  readonly last: number;
  readonly picture: Picture;
}

/** How wide one message delay becomes; the first level is as wide as the window. */
const ZOOMS: readonly (readonly [name: string, pixelsPerDelay: number])[] = [
  ["messages", 4],
  ["closer", 16],
  ["closest", 64],
];
/** Browsers lose their way in wider ones. */
const WIDTH_MAX = 500_000;
/** What is shown at first is no wider than this. */
const FIRST_WIDTH_MAX = 30_000;
/** More moments than this are a run of their own. */
const MOMENTS_MAX = 300;
const OFF_AT_FIRST: ReadonlySet<string> = new Set(["batch", "final"]);

const STYLE = `
body { font: 13px system-ui, sans-serif; margin: 12px; color: #222 }
h1 { font-size: 18px; margin: 0 0 4px } p { margin: 4px 0 } details { margin: 4px 0 }
ol { columns: 28em; margin: 4px 0; padding-left: 1em; list-style: none; max-height: 12em; overflow-y: auto }
.key { display: inline-block; margin-right: 14px; white-space: nowrap }
.key hr { display: inline-block; width: 22px; border: 0; border-top: 3px solid; margin: 0 4px 3px 0 }
.key i { font-style: normal; display: inline-block; min-width: 12px; text-align: center }
.swatch { display: inline-block; width: 14px; height: 11px; margin-right: 4px; border: 1px solid #ccc }
.scroll { overflow-x: auto; border: 1px solid #bbb; margin-top: 6px; position: relative }
.picture { position: relative; margin: 0 60px 0 84px }
.picture svg { position: absolute; left: 0; top: 0; width: 100% }
.picture > i, .tick, .bar, .anchor { position: absolute }
.picture > i { font-style: normal; font-size: 13px; line-height: 14px; margin: -7px 0 0 -5px; width: 10px; text-align: center; cursor: default }
.picture > i small { position: absolute; left: -4px; top: -13px; font-size: 9px; color: #1b5e20; background: #fffc }
.anchor { top: 0; width: 2px; scroll-margin: 0 500px }
.anchor:target { height: 100%; background: #d500f9; z-index: 2 }
.tick { top: 0; border-left: 1px solid #ddd; padding-left: 3px; font-size: 9px; color: #666; box-sizing: border-box; white-space: nowrap }
.bar { overflow: clip; font-size: 9px; box-sizing: border-box; white-space: nowrap; color: #444 }
.bar span { position: sticky; left: 90px; padding: 0 2px }
.names { position: sticky; left: 0; width: 78px; margin-left: -84px; height: 100% }
.names b { position: absolute; white-space: nowrap; left: 4px; background: #fffd; padding: 0 3px; font-size: 12px; z-index: 3 }
.cut { border-right: 1px solid #37474f; text-align: right } .cut.odd { background: #dcedc8 } .cut.even { background: #c5e1a5 }
.condition.up { background: #f6f8fa } .condition.hostile { background: #ffebee; color: #b71c1c } .condition.down { background: #cfd2d6 }
.condition.halted { background: #e57373 }
.network { border-left: 1px dashed } .network.partition { background: #c6282814; color: #b71c1c } .network.slow { background: #ff8f0014; color: #bf360c }
.view { border-left: 2px solid #fff } .v0 { background: #cfe8fc } .v1 { background: #d7f0d0 } .v2 { background: #fdeccc }
.v3 { background: #ecd9f7 } .v4 { background: #fbd9e5 } .v5 { background: #d9f3f1 } .leaving { background: #ffb74d } .unknown { background: #eceff1 }
line { stroke-width: 1; opacity: .5; vector-effect: non-scaling-stroke } line:hover { stroke-width: 4; opacity: 1 }
i.delivered { color: #1b5e20 } i.final { color: #827717 } i.arrived { color: #607d8b; font-weight: bold } i.sighted { color: #1565c0 }
i.proposed { color: #0d47a1; font-size: 15px } i.hostile, i.refusedCut, i.complained { color: #c62828; font-weight: bold }
`;

function colorOf(kind: string): string {
  for (const [name, color] of DRAWN) if (name === kind) return color;
  return "#000";
}

function widths({ last, picture }: TimelinePage): readonly (readonly [name: string, width: string])[] {
  const wide = ZOOMS.map(([name, pixels]) => {
    const width = (last / Math.max(picture.delay, 0.001)) * pixels;
    return [name, Math.round(Math.min(width, WIDTH_MAX))] as const;
  });
  // What is no wider than a window would be a zoom that changes nothing.
  const useful = wide.filter(([, width], at) => width > 1_500 && width !== wide[at - 1]?.[1]);
  return [["whole run", "auto"], ...useful.map(([name, width]) => [name, `${width}px`] as const)];
}

function firstZoom(levels: readonly (readonly [name: string, width: string])[]): number {
  return levels.findLastIndex(
    ([, width]) => width === "auto" || Number.parseInt(width, 10) <= FIRST_WIDTH_MAX,
  );
}

function legend(): readonly string[] {
  const swatches = [
    ["v0", "view (its number in the strip)"],
    ["leaving", "between two views"],
    ["condition down", "crashed"],
    ["condition hostile", "hostile"],
    ["network partition", "links cut"],
    ["network slow", "links slow or lossy"],
    ["cut odd", "the time that a cut orders, up to its horizon"],
  ].map(([css, meaning]) => `<span class="key"><span class="swatch ${css}"></span>${meaning}</span>`);
  const signs = [...SYMBOLS].map(
    ([css, [symbol, meaning]]) => `<span class="key"><i class="${css}">${symbol}</i> ${meaning}</span>`,
  );
  return [`<p>${signs.join("")}</p>`, `<p>${swatches.join("")}</p>`];
}

function switches({ drawn }: Picture): { readonly inputs: string; readonly rules: string } {
  const kinds = [...DRAWN.keys()].filter((kind) => drawn.has(kind));
  const inputs = kinds.map((kind) => {
    const { lines, of } = drawn.get(kind) ?? { lines: 0, of: 0 };
    const count = lines === of ? String(of) : `${lines} of ${of} drawn`;
    const checked = OFF_AT_FIRST.has(kind) ? "" : " checked";
    const line = `<hr style="color:${colorOf(kind)}">`;
    return `<input type="checkbox" id="show-${kind}"${checked}><label class="key" for="show-${kind}">${line}${kind} (${count})</label>`;
  });
  const rules = kinds.map(
    (kind) =>
      `line.${kind} { stroke: ${colorOf(kind)} } #show-${kind}:not(:checked) ~ .scroll line.${kind} { display: none }`,
  );
  return { inputs: inputs.join("\n"), rules: rules.join("\n") };
}

function momentList(moments: readonly Moment[]): string {
  if (moments.length === 0) return "<p>Nothing out of the ordinary happened.</p>";
  const items = moments
    .slice(0, MOMENTS_MAX)
    .map(({ at, text }, i) => `<li><a href="#at-${i}">${at.toFixed(3)} ms</a> ${escapeText(text)}</li>`);
  const rest =
    moments.length > MOMENTS_MAX ? `<p>${moments.length - MOMENTS_MAX} more are left out.</p>` : "";
  return `<details open><summary>Out of the ordinary (${moments.length})</summary><ol>${items.join("\n")}</ol>${rest}</details>`;
}

/** A page that needs neither scripts nor anything from elsewhere: switches and zoom are inputs and style rules. */
export function timelinePage(page: TimelinePage): string {
  const { title, facts, moments, last, picture } = page;
  const { inputs, rules } = switches(picture);
  const levels = widths(page);
  const first = firstZoom(levels);
  const zooms = levels.map(([name], at) => {
    const checked = at === first ? " checked" : "";
    return `<input type="radio" name="zoom" id="zoom-${at}"${checked}><label class="key" for="zoom-${at}">${name}</label>`;
  });
  const zoomRules = levels.map(
    ([, width], at) => `#zoom-${at}:checked ~ .scroll .picture { width: ${width} }`,
  );
  const hides = [
    "#zoom-0:checked ~ .scroll .tick.second, #zoom-0:checked ~ .scroll .tick.third, #zoom-1:checked ~ .scroll .tick.third { display: none }",
    "#zoom-0:checked ~ .scroll i small { display: none }",
  ];
  const anchors = moments
    .slice(0, MOMENTS_MAX)
    .map(
      ({ at }, i) => `<a class="anchor" id="at-${i}" style="left:${((100 * at) / last).toFixed(4)}%"></a>`,
    );
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escapeText(title)}</title>
<style>${STYLE}${rules}
${[...zoomRules, ...hides].join("\n")}</style></head><body>
<h1>${escapeText(title)}</h1>
<p>${facts.map(escapeText).join(" · ")}</p>
${momentList(moments)}
<details><summary>Legend: point at anything to read what it is</summary>${legend().join("\n")}</details>
<b>Zoom</b> ${zooms.join("\n")}<br>
<b>Messages</b> ${inputs}
<div class="scroll"><div class="picture" style="height:${picture.height}px">
${picture.body}
${anchors.join("\n")}
</div></div></body></html>
`;
}
