/**
 * What servers wrote into their logs of the messages that they took, by the token that each message carries in its
 * Message-ID. A token stands as often as it was taken.
 */
const TOKEN = String.raw`([a-z0-9]{8}-[a-z0-9]{6}-[a-z0-9]{8}-[a-z0-9]{11})@`;

/** Postfix: cleanup(8) knows the token, and qmgr(8) that the message came into the queue whole. */
export function postfixLedger(log: string): readonly string[] {
  const tokens = new Map(
    [...log.matchAll(new RegExp(String.raw`cleanup\[\d+\]: (\w+): message-id=<${TOKEN}`, "g"))].map(
      ([, id = "", token = ""]) => [id, token] as const,
    ),
  );
  const queued = new Set(
    [...log.matchAll(/qmgr\[\d+\]: (\w+): from=<[^>]*>, size=\d+, nrcpt=\d+ \(queue active\)/g)].map(
      ([, id = ""]) => id,
    ),
  );
  return [...queued].flatMap((id) => tokens.get(id) ?? []);
}

/** Exim writes `<=` when it has taken the message, before it says so. */
export function eximLedger(log: string): readonly string[] {
  return [...log.matchAll(new RegExp(String.raw` <= .* id=${TOKEN}`, "g"))].map(([, token = ""]) => token);
}

/** Dovecot's LMTP: a line for each mailbox into which it saved the message. */
export function dovecotLedger(log: string): readonly string[] {
  return [...log.matchAll(new RegExp(String.raw`msgid=<${TOKEN}[^>]*>: saved mail to`, "g"))].map(
    ([, token = ""]) => token,
  );
}
