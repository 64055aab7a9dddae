export interface TimelinePage {
  readonly title: string;
  readonly width: number;
  readonly height: number;
  /** Kinds of messages that can be switched off. */
  readonly kinds: readonly string[];
  /** SVG. */
  readonly body: string;
}

const COLORS: Readonly<Record<string, string>> = {
  batch: "#bbb",
  preprepare: "#1565c0",
  prepare: "#26a69a",
  commit: "#2e7d32",
  final: "#9e9d24",
  viewChange: "#ef6c00",
  newView: "#8e24aa",
  complaint: "#d81b60",
  evidence: "#d50000",
};

const STYLE = `
body { font: 13px system-ui, sans-serif; margin: 12px; color: #222 }
.scroll { overflow-x: auto; border: 1px solid #ccc }
.grid { stroke: #eee } .time, .label, .height { font-size: 9px; fill: #777 } .name { font-size: 12px }
.up { fill: #f6f8fa } .up.hostile { fill: #fff0f0 } .down { fill: #cfd2d6 } .halted { fill: #e57373 }
.view { opacity: .8 } .v0 { fill: #cfe8fc } .v1 { fill: #d7f0d0 } .v2 { fill: #fdeccc } .v3 { fill: #ecd9f7 }
.v4 { fill: #fbd9e5 } .v5 { fill: #d9f3f1 } .leaving { fill: #ffb74d }
.message { stroke-width: .8; opacity: .45 }
.message:hover { stroke-width: 2.5; opacity: 1 }
circle.delivered { fill: #1b5e20 } circle.final { fill: #827717 } .arrived { fill: #90a4ae } .sighted { fill: #1565c0 }
circle.fact { fill: #b0bec5 } .proposed { fill: #0d47a1; font-size: 11px } .hostile { fill: #c62828; font-size: 12px }
line.network { stroke-dasharray: 4 3; stroke: #90a4ae } line.partition { stroke: #c62828 } line.heal { stroke: #2e7d32 }
text.network { font-size: 9px; fill: #555 }
`;

const LEGEND =
  "◆ proposed · green dot: delivered · olive dot: final · blue dot: sighted · grey dot: arrived · ✗ hostile act · " +
  "grey row: down · coloured strip: view, orange while it changes. Hover for details.";

/** A page that needs neither scripts nor anything from elsewhere: switches are check boxes and style rules. */
export function timelinePage({ title, width, height, kinds, body }: TimelinePage): string {
  const colors = kinds.map((kind) => `.message.${kind} { stroke: ${COLORS[kind] ?? "#000"} }`).join("\n");
  const hidden = kinds
    .map((kind) => `#show-${kind}:not(:checked) ~ .scroll .message.${kind} { display: none }`)
    .join("\n");
  const switches = kinds
    .map((kind) => {
      const checked = kind === "batch" ? "" : " checked";
      return `<input type="checkbox" id="show-${kind}"${checked}><label for="show-${kind}">${kind}</label>`;
    })
    .join("\n");
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>${title}</title>
<style>${STYLE}${colors}
${hidden}</style>
<h1>${title}</h1><p>${LEGEND}</p>
${switches}
<div class="scroll"><svg xmlns="http://www.w3.org/2000/svg" width="${Math.ceil(width)}" height="${height}">
${body}
</svg></div></html>
`;
}
