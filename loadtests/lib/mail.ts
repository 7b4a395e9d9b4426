import smtp from "k6/x/smtp";
import type { BatchOptions, Client, Envelope } from "k6/x/smtp";
import { recipients, sender } from "./addresses.ts";
import * as params from "./params.ts";

interface Mail {
  /** Octets of the message. Default: SIZE. */
  readonly size?: number;
  /** Recipients of one message. Default: RECIPIENTS. */
  readonly recipients?: number;
}

/** A message of generated text and its envelope. Built in the init context; VUs begin at different entries of SMTP_TO. */
export function mail(wanted: Mail = {}): Envelope {
  const size = wanted.size ?? params.bytes("SIZE", "1KB");
  return {
    from: sender(),
    to: recipients(wanted.recipients ?? params.count("RECIPIENTS", 1), __VU),
    message: smtp.message({ size, seed: params.count("SEED", 1) }),
  };
}

/** What one iteration does: one message, or a batch of them in one call. */
export function sending(client: Client, envelope: Envelope, batch: number): () => void {
  const window = params.count("WINDOW", 1);
  if (batch === 1) {
    if (window > 1) throw params.wrong("BATCH", "for a WINDOW, more than one message", "10");
    return () => void client.send(envelope);
  }
  const options: BatchOptions = { ...envelope, window };
  return () => void client.sendBatch(batch, options);
}
