import { BASE_STYLE } from "./style-base.ts";
import { CHECKS_STYLE } from "./style-checks.ts";
import { PANEL_STYLE } from "./style-panel.ts";
import { SCRIPT } from "./script.ts";

export interface Asset {
  readonly type: string;
  readonly text: string;
}

/** A letter whose flap is the needle of a gauge. */
const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">
<rect x="2" y="5" width="28" height="22" rx="5" fill="#4a59e0"/>
<path d="M6.5 21a9.5 9.5 0 0 1 19 0" fill="none" stroke="#fff" stroke-opacity=".45" stroke-width="2.6" stroke-linecap="round"/>
<path d="M16 21l5.4-8" stroke="#fff" stroke-width="2.6" stroke-linecap="round"/><circle cx="16" cy="21" r="2.5" fill="#fff"/>
</svg>
`;

/** What the page loads, by path. */
export const ASSETS: Readonly<Record<string, Asset>> = {
  "/assets/style.css": { type: "text/css; charset=utf-8", text: BASE_STYLE + CHECKS_STYLE + PANEL_STYLE },
  "/assets/script.js": { type: "text/javascript; charset=utf-8", text: SCRIPT },
  "/assets/icon.svg": { type: "image/svg+xml", text: ICON },
};
