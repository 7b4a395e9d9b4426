import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Certificate } from "./certificates.ts";
import { poll } from "./ports.ts";
import { type RunningServer, startServer, unprivileged } from "./server.ts";

export const DOVECOT_PASSWORD = "secret";

export interface DovecotOptions {
  readonly certificate: Certificate;
  /** Mechanisms of the SASL service, as Dovecot names them. */
  readonly mechanisms?: readonly string[];
}

export interface Dovecot extends RunningServer<"imap" | "imaps" | "pop3" | "lmtp" | "sasl"> {
  /** Waits for a message in the user's Maildir that contains `token`, and gives its text. */
  delivered(user: string, token: string, signal: AbortSignal): Promise<string>;
}

const MECHANISMS = ["plain", "login", "cram-md5", "scram-sha-1", "scram-sha-256"];

/**
 * Dovecot: IMAP, POP3, LMTP and the SASL service that Postfix asks. Users ok, u1 and u2 of any domain with the
 * password `secret`; deliveries to `broken` fail after the final dot, other users are unknown.
 */
export async function startDovecot(options: DovecotOptions): Promise<Dovecot> {
  const server = await startServer({
    name: "dovecot",
    ports: ["imap", "imaps", "pop3", "lmtp", "sasl"],
    prepare: (dir, ports) => {
      for (const name of ["run", "mail"]) mkdirSync(join(dir, name));
      // A file where a Maildir should be: the delivery fails, the recipient exists.
      writeFileSync(join(dir, "not-a-directory"), "");
      writeFileSync(join(dir, "users"), users(dir));
      writeFileSync(join(dir, "dovecot.conf"), configuration(dir, ports, options));
      return {
        command: "dovecot",
        args: ["-F", "-c", join(dir, "dovecot.conf")],
        logFile: join(dir, "dovecot.log"),
      };
    },
  });
  return {
    ...server,
    delivered: (user, token, signal) =>
      poll(() => Promise.resolve(findMessage(join(server.dir, "mail", user, "new"), token)), signal),
  };
}

function findMessage(maildir: string, token: string): string | undefined {
  if (!existsSync(maildir)) return undefined;
  return readdirSync(maildir)
    .map((name) => readFileSync(join(maildir, name), "latin1"))
    .find((text) => text.includes(token));
}

/** passwd-file: user, password, uid, gid, (gecos), home, (shell), extra fields. */
function users(dir: string): string {
  const line = (user: string, extra = ""): string =>
    `${user}:{PLAIN}${DOVECOT_PASSWORD}:${unprivileged.user}:${unprivileged.group}::${dir}/mail/${user}::${extra}\n`;
  const broken = `userdb_mail=maildir:${dir}/not-a-directory`;
  return line("ok") + line("u1") + line("u2") + line("broken", broken);
}

function configuration(
  dir: string,
  ports: Readonly<Record<"imap" | "imaps" | "pop3" | "lmtp" | "sasl", number>>,
  { certificate, mechanisms = MECHANISMS }: DovecotOptions,
): string {
  const { user, group } = unprivileged;
  const listener = (name: string, port: number, rest = ""): string => `  inet_listener ${name} {
    address = 127.0.0.1
    port = ${port}
${rest}  }
`;
  const database = (kind: string): string => `${kind} {
  driver = passwd-file
  args = username_format=%n ${dir}/users
}
`;
  return `base_dir = ${dir}/run
state_dir = ${dir}/run
instance_name = mailgauge-test
log_path = ${dir}/dovecot.log
auth_verbose = yes
protocols = imap pop3 lmtp
listen = 127.0.0.1
default_internal_user = ${user}
default_internal_group = ${group}
default_login_user = ${user}
first_valid_uid = 1
ssl = yes
ssl_cert = <${certificate.chainFile}
ssl_key = <${certificate.keyFile}
disable_plaintext_auth = no
auth_mechanisms = ${mechanisms.join(" ")}
auth_failure_delay = 0
mail_location = maildir:${dir}/mail/%n
mail_uid = ${user}
mail_gid = ${group}
${database("passdb")}${database("userdb")}service anvil {
  chroot =
  # Delays the answer to every client of an address that had a wrong password: here all tests.
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service stats {
  chroot =
}
service imap-login {
  chroot =
${listener("imap", ports.imap)}${listener("imaps", ports.imaps, "    ssl = yes\n")}}
service pop3-login {
  chroot =
${listener("pop3", ports.pop3)}  inet_listener pop3s {
    port = 0
  }
}
service lmtp {
${listener("lmtp", ports.lmtp)}}
service auth {
${listener("", ports.sasl)}}
namespace inbox {
  inbox = yes
  separator = /
  mailbox Junk {
    special_use = \\Junk
    auto = subscribe
  }
}
`;
}
