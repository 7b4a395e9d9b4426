import { html } from "hono/html";

export { html };

/** Escaped markup. Everything else that is put into a template comes out escaped. */
export type Html = ReturnType<typeof html>;
