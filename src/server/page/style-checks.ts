/** The overview and the cards of the checks. */
export const CHECKS_STYLE = `
.overview { display: flex; align-items: stretch; gap: 14px; flex-wrap: wrap; }
.answer { flex: 1 1 300px; display: flex; flex-direction: column; justify-content: center; padding: 8px 0; }
.answer.fail h1 { color: var(--fail); }
.answer.unknown h1 { color: var(--unknown); }
.tiles { display: flex; gap: 8px; flex-wrap: wrap; }
.tile {
  display: grid; grid-template-columns: auto 1fr; align-items: center; gap: 0 7px; min-width: 104px; padding: 10px 14px;
  border: 1px solid var(--line); border-radius: 10px; background: var(--surface); color: var(--text);
  box-shadow: var(--shadow);
}
.tile:hover { border-color: var(--line-strong); text-decoration: none; background: var(--raised); }
.tile .amount { font-size: 20px; font-weight: 650; line-height: 1.2; letter-spacing: -0.02em; }
.tile .word { grid-column: 1 / -1; color: var(--quiet); font-size: 12px; }
.tile.none .shape { color: var(--line-strong); }
.tile.none .shape.waiting .sign { stroke: var(--line-strong); }
.tile.none .amount { color: var(--quiet); font-weight: 500; }
.tile[aria-current] { border-color: var(--accent); box-shadow: inset 0 0 0 1px var(--accent); }
.filter { margin-left: auto; display: flex; gap: 8px; }
.filter input { width: 250px; }
.checks { display: grid; gap: 8px; }
.check {
  position: relative; display: grid; gap: 6px 26px; padding: 11px 16px 11px 18px;
  grid-template-columns: minmax(15rem, 1.05fr) minmax(15rem, 1.5fr) minmax(15rem, 1.3fr) 216px;
  background: var(--surface); border: 1px solid var(--line); border-radius: 10px; box-shadow: var(--shadow);
}
.check::before {
  content: ""; position: absolute; inset: 10px auto 10px -1px; width: 3px; border-radius: 0 3px 3px 0;
  background: var(--state, transparent);
}
.check.fail { --state: var(--fail); border-color: color-mix(in srgb, var(--fail) 38%, var(--line)); }
.check.unknown { --state: var(--unknown); }
.check.warn { --state: var(--warn); }
.check > * { min-width: 0; }
.what { align-self: center; }
.what h3 { display: flex; align-items: center; gap: 7px; }
.probe {
  font-weight: 500; font-size: 11.5px; color: var(--quiet); border: 1px solid var(--line); border-radius: 5px;
  padding: 0 6px; white-space: nowrap;
}
.where {
  color: var(--quiet); font-size: 12px; margin-top: 2px; padding-left: 22px;
  white-space: nowrap; overflow: hidden; text-overflow: ellipsis;
}
.where .pass { color: var(--pass); } .where .warn { color: var(--warn); } .where .fail { color: var(--fail); }
.where .unknown { color: var(--unknown); }
.why { display: grid; align-content: center; gap: 5px; }
.headline { overflow-wrap: anywhere; }
.check.fail .headline, .check.unknown .headline, .check.warn .headline { font-weight: 600; }
.check.pass .headline, .check.waiting .headline { color: var(--quiet); }
.remedy { color: var(--quiet); font-size: 13px; line-height: 1.45; overflow-wrap: anywhere; }
.remedy b { color: var(--text); }
.remedy b::after { content: ":"; }
.time { align-self: center; }
.phase-bar { display: block; width: 100%; height: 10px; border-radius: 3px; }
.phase-bar .track, .strip .track { fill: var(--track); }
.phase-list { display: flex; flex-wrap: wrap; gap: 0 11px; margin-top: 5px; font-size: 11.5px; color: var(--quiet); }
.phase-list li { white-space: nowrap; display: inline-flex; align-items: center; gap: 4px; }
.phase-list b { font-weight: 500; color: var(--text); }
.phase-list .broken, .phase-list .broken b { color: var(--fail); font-weight: 600; }
.phase-list .sum b { font-weight: 650; }
.dot { width: 7px; height: 7px; border-radius: 2px; background: var(--phase); }
.broken .dot { background: var(--fail); border-radius: 50%; }
.phase-bar rect { fill: var(--phase); }
.phase-bar .broken { fill: var(--fail); }
.phase-dns { --phase: var(--phase-dns); } .phase-connect { --phase: var(--phase-connect); }
.phase-banner { --phase: var(--phase-banner); } .phase-ehlo { --phase: var(--phase-ehlo); }
.phase-starttls { --phase: var(--phase-starttls); } .phase-tls { --phase: var(--phase-tls); }
.phase-auth { --phase: var(--phase-auth); } .phase-mail { --phase: var(--phase-mail); }
.phase-rcpt { --phase: var(--phase-rcpt); } .phase-data { --phase: var(--phase-data); }
.phase-body { --phase: var(--phase-body); } .phase-quit { --phase: var(--phase-quit); }
.history { align-self: center; }
.strip { display: block; width: 100%; height: 24px; }
.run.pass { fill: color-mix(in srgb, var(--pass) 72%, var(--surface)); }
.run.warn { fill: var(--warn); }
.run.fail { fill: var(--fail); }
.run.unknown { fill: var(--unknown); }
.run:hover { opacity: 0.6; }
.when { display: flex; flex-wrap: wrap; gap: 0 10px; white-space: nowrap; font-size: 11.5px; color: var(--quiet); margin-top: 5px; padding-right: 62px; }
.check details { grid-column: 1 / -1; }
.check summary {
  position: absolute; right: 12px; bottom: auto; top: 50%; font-size: 12px; font-weight: 500;
  color: var(--accent); cursor: pointer; padding: 2px 4px; border-radius: 4px;
}
.check:has(details[open]) summary { top: 10px; right: 12px; }
.check:has(details[open]) .history { padding-top: 24px; }
.check:has(details[open]) .when { padding-right: 0; }
.check summary:hover { text-decoration: underline; }
.check summary { list-style: none; }
.check summary::-webkit-details-marker { display: none; }
.check summary::after { content: ""; display: inline-block; width: 6px; height: 6px; margin: 0 2px 2px 6px;
  border: solid currentColor; border-width: 0 1.5px 1.5px 0; transform: rotate(45deg); }
.check details[open] summary::after { transform: rotate(-135deg); margin-bottom: -1px; }
.detail {
  display: grid; gap: 16px 32px; grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr));
  margin-top: 10px; padding-top: 14px; border-top: 1px solid var(--line); font-size: 13px;
}
.findings { display: grid; gap: 7px; }
.findings li { display: flex; gap: 8px; }
.findings .shape { margin-top: 2px; }
.findings div { min-width: 0; overflow-wrap: anywhere; }
.findings code, .rfc { color: var(--quiet); font-size: 11.5px; }
.facts { display: grid; gap: 4px; }
.facts div { display: grid; grid-template-columns: 8.5rem 1fr; gap: 12px; }
.facts dt { color: var(--quiet); overflow-wrap: anywhere; }
.facts dd { overflow-wrap: anywhere; min-width: 0; }
.links { grid-column: 1 / -1; display: flex; gap: 8px 12px; flex-wrap: wrap; align-items: center; }
.tag { border: 1px solid var(--line); border-radius: 5px; padding: 0 7px; font-size: 12px; color: var(--quiet); }
@media (max-width: 1080px) {
  .check { grid-template-columns: minmax(0, 1fr) minmax(0, 1.25fr); gap: 10px 22px; }
}
@media (max-width: 1080px) {
  .check summary, .check:has(details[open]) summary { position: static; width: max-content; padding-left: 0; }
  .check:has(details[open]) .history { padding-top: 0; }
  .when { padding-right: 0; }
}
@media (max-width: 620px) {
  .overview { gap: 6px; }
  .answer { flex-basis: 100%; }
  .tiles { width: 100%; display: grid; grid-template-columns: repeat(5, 1fr); gap: 6px; }
  .tile { min-width: 0; padding: 8px; gap: 0 5px; }
  .tile .word { font-size: 11px; }
  .tile .amount { font-size: 17px; }
  .filter { margin: 0; width: 100%; }
  .filter input { flex: 1; width: auto; min-width: 0; }
  .check { grid-template-columns: minmax(0, 1fr); padding: 13px 14px; }
  .facts div { grid-template-columns: 1fr; gap: 0; }
}
`;
