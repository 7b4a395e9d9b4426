import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Certificate } from "./certificates.ts";
import { LOOPBACK } from "./ports.ts";
import { type RunningServer, startServer, unprivileged } from "./server.ts";

/** Where scripts/install-test-packages.sh unpacks Exim, whose package conflicts with Postfix. */
const ROOT = resolve(import.meta.dirname, "../../../.cache/exim");

export interface EximOptions {
  readonly certificate: Certificate;
  /** Where mail for ex.test goes, by LMTP; it is thrown away otherwise. */
  readonly lmtpPort?: number;
  /** Global options of the main section, which take the place of the defaults. */
  readonly main?: Readonly<Record<string, string>>;
}

export type Exim = RunningServer<"smtp" | "submission" | "submissions">;

/**
 * Exim as MX for ex.test: grey@ is answered 451 4.7.1, bad@ 550 5.1.1, other domains 550 5.7.1 unless the client
 * has authenticated, which it must on the submission ports (PLAIN, LOGIN or CRAM-MD5 under TLS; any user with the
 * password `secret`).
 */
export function startExim(options: EximOptions): Promise<Exim> {
  const libraries = join(ROOT, "usr/lib");
  if (!existsSync(libraries)) throw new Error(`No Exim below ${ROOT}: run scripts/install-test-packages.sh`);
  const architecture = readdirSync(libraries).find((name) => name.includes("-linux-gnu")) ?? "";
  return startServer({
    name: "exim",
    ports: ["smtp", "submission", "submissions"],
    prepare: (dir, ports) => {
      mkdirSync(join(dir, "spool"));
      mkdirSync(join(dir, "log"));
      writeFileSync(join(dir, "exim.conf"), configuration(dir, ports, options));
      return {
        command: join(ROOT, "usr/sbin/exim4"),
        args: ["-C", join(dir, "exim.conf"), "-bdf", "-q1m"],
        env: { LD_LIBRARY_PATH: join(libraries, architecture) },
        logFile: join(dir, "log/main.log"),
      };
    },
  });
}

function configuration(dir: string, ports: Exim["ports"], options: EximOptions): string {
  const main = {
    primary_hostname: "mx.ex.test",
    spool_directory: `${dir}/spool`,
    log_file_path: `${dir}/log/%s.log`,
    pid_file_path: `${dir}/pid`,
    exim_user: unprivileged.user,
    exim_group: unprivileged.group,
    daemon_smtp_ports: Object.values(ports).join(" : "),
    local_interfaces: `<; ${LOOPBACK}`,
    tls_on_connect_ports: `${ports.submissions}`,
    tls_advertise_hosts: "*",
    tls_certificate: options.certificate.chainFile,
    tls_privatekey: options.certificate.keyFile,
    never_users: "",
    deliver_drop_privilege: "true",
    host_lookup: "",
    rfc1413_query_timeout: "0s",
    chunking_advertise_hosts: "*",
    dsn_advertise_hosts: "*",
    smtputf8_advertise_hosts: "*",
    acl_smtp_rcpt: "acl_rcpt",
    acl_smtp_data: "acl_data",
    ...options.main,
  };
  const globals = Object.entries(main).map(([name, value]) => `${name} = ${value}\n`);
  return `${globals.join("")}${policy(ports)}${delivery(options.lmtpPort)}${AUTHENTICATORS}`;
}

function policy({ submission, submissions }: Exim["ports"]): string {
  return `begin acl
acl_rcpt:
  deny   condition = \${if inlist{$received_port}{${submission}:${submissions}}}
         !authenticated = *
         message = 5.7.0 Authentication required
  defer  local_parts = grey
         message = 4.7.1 Greylisted, try again later
  deny   local_parts = bad
         message = 5.1.1 No such user
  accept domains = ex.test
  accept authenticated = *
  deny   message = 5.7.1 relay not permitted
acl_data:
  accept
`;
}

/** Mail for other domains is thrown away: no test mail leaves the machine. */
function delivery(lmtpPort: number | undefined): string {
  const discard = `discard:
  driver = redirect
  data = :blackhole:
`;
  if (lmtpPort === undefined) return `begin routers\n${discard}`;
  return `begin routers
mailbox:
  driver = manualroute
  domains = ex.test
  transport = lmtp
  route_list = * ${LOOPBACK}
  self = send
${discard}begin transports
lmtp:
  driver = smtp
  protocol = lmtp
  port = ${lmtpPort}
begin retry
* * F,1m,10s
`;
}

const AUTHENTICATORS = `begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = \${if eq{$auth3}{secret}}
  server_set_id = $auth2
  server_advertise_condition = \${if def:tls_in_cipher}
login:
  driver = plaintext
  public_name = LOGIN
  server_prompts = Username:: : Password::
  server_condition = \${if eq{$auth2}{secret}}
  server_set_id = $auth1
  server_advertise_condition = \${if def:tls_in_cipher}
cram:
  driver = cram_md5
  public_name = CRAM-MD5
  server_secret = secret
  server_set_id = $auth1
  server_advertise_condition = \${if def:tls_in_cipher}
`;
