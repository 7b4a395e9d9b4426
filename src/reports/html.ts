import { html } from "hono/html";

export { html };

/** Escaped markup. Everything else that is put into a template comes out escaped. */
export type Html = ReturnType<typeof html>;

/** Text in which `backquotes` mark code, as the diagnosis writes it. */
export function withCode(text: string): Html {
  const parts = text.split("`");
  // An odd one out marks nothing: then there is an even number of parts.
  if (parts.length % 2 === 0) return html`${text}`;
  return html`${parts.map((part, index) => (index % 2 === 0 ? part : html`<code>${part}</code>`))}`;
}
