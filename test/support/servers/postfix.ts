import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Certificate } from "./certificates.ts";
import { LOOPBACK } from "./ports.ts";
import { isRoot, type RunningServer, runAsRoot, startServer } from "./server.ts";

type Parameters = Readonly<Record<string, string>>;

export interface PostfixOptions<Extra extends string = never> {
  readonly certificate: Certificate;
  /** Where mail for y.test goes, by LMTP; it is thrown away otherwise. */
  readonly lmtpPort?: number;
  /** Dovecot's SASL service. AUTH is not offered without it. */
  readonly saslPort?: number;
  /** Further listeners, each a full SMTP server with its own deviating parameters of postconf(5). */
  readonly listeners?: Readonly<Partial<Record<Extra, Parameters>>>;
  /** Further listeners with postscreen(8) before the SMTP server, each with its own parameters of postconf(5). */
  readonly screened?: Readonly<Partial<Record<Extra, Parameters>>>;
  /** Deviating parameters of all listeners. */
  readonly main?: Parameters;
}

export type Postfix<Extra extends string = never> = RunningServer<
  "smtp" | "submission" | "submissions" | Extra
>;

/**
 * Postfix as MX and relay for y.test (`smtp`), and as submission server (`submission` with STARTTLS, `submissions`
 * with TLS from the first byte). Takes ok@, u1@, u2@ and broken@y.test; grey@y.test is answered 451 4.7.1, every
 * other address of y.test 550 5.1.1, every other domain 554 5.7.1 unless the client has authenticated.
 * Needs root: its master refuses to run without.
 */
export function startPostfix<Extra extends string = never>(
  options: PostfixOptions<Extra>,
): Promise<Postfix<Extra>> {
  const named = (of: PostfixOptions<Extra>["listeners"]): [Extra, Parameters][] =>
    Object.entries<Parameters | undefined>(of ?? {}).map(([name, given = {}]) => [name as Extra, given]);
  const extra = named(options.listeners);
  const screened = named(options.screened);
  return startServer<"smtp" | "submission" | "submissions" | Extra>({
    name: "postfix",
    ports: ["smtp", "submission", "submissions", ...[...extra, ...screened].map(([name]) => name)],
    prepare: (dir, ports) => {
      for (const name of ["etc", "spool"]) mkdirSync(join(dir, name));
      writeFileSync(join(dir, "etc/main.cf"), format({ ...mainParameters(dir, options), ...options.main }));
      const auth = options.saslPort === undefined ? "no" : "yes";
      const submission = {
        smtpd_sasl_auth_enable: auth,
        smtpd_relay_restrictions: "permit_sasl_authenticated,reject",
      };
      const services = [
        service(ports.smtp, {}),
        service(ports.submission, { ...submission, smtpd_tls_security_level: "encrypt" }),
        service(ports.submissions, { ...submission, smtpd_tls_wrappermode: "yes" }),
        ...extra.map(([name, parameters]) => service(ports[name], parameters)),
        ...screened.map(([name, parameters]) => screen(ports[name], name, parameters)),
      ];
      writeFileSync(join(dir, "etc/master.cf"), `${services.join("\n")}\n${INTERNAL_SERVICES}`);
      if (!isRoot) runAsRoot("chown", ["-R", "root:root", dir]);
      makeQueue(dir);
      return {
        command: "/usr/lib/postfix/sbin/master",
        args: ["-d", "-c", join(dir, "etc")],
        user: "root",
        logFile: join(dir, "mail.log"),
      };
    },
  });
}

export interface QueuedMessage {
  readonly queue_name: string;
  readonly queue_id: string;
  readonly recipients: readonly { readonly address: string; readonly delay_reason?: string }[];
}

/** The messages in the queue, as `postqueue -j` tells them. */
export function postfixQueue(server: Pick<Postfix, "dir">): readonly QueuedMessage[] {
  // Others than root may not name a configuration of their own.
  return runAsRoot("postqueue", ["-c", join(server.dir, "etc"), "-j"])
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as QueuedMessage);
}

/** As `postfix check` would, which takes two seconds of `find` and `chown` about it. */
function makeQueue(dir: string): void {
  const spool = (names: readonly string[]): string[] => names.map((name) => join(dir, "spool", name));
  const make = (mode: string, owner: string, group: string, directories: readonly string[]): void => {
    runAsRoot("install", ["-d", "-m", mode, "-o", owner, "-g", group, ...directories]);
  };
  make("0700", "postfix", "root", [...spool(PRIVATE_QUEUES), join(dir, "data")]);
  make("0755", "root", "root", spool(["pid"]));
  make("1730", "postfix", "postdrop", spool(["maildrop"]));
  make("2710", "postfix", "postdrop", spool(["public"]));
}

const PRIVATE_QUEUES = "active bounce corrupt defer deferred flush hold incoming private saved trace".split(
  " ",
);

function format(parameters: Parameters): string {
  return Object.entries(parameters)
    .map(([name, value]) => `${name} = ${value}\n`)
    .join("");
}

/** A line of master.cf; braces keep values with spaces together. */
function service(port: number, parameters: Parameters): string {
  return `${LOOPBACK}:${port} inet n - n - - smtpd${overrides(parameters)}`;
}

/** postscreen(8), of which there is one process a listener, with a memory of its own: two cannot share one. */
function screen(port: number, name: string, parameters: Parameters): string {
  const cache = { postscreen_cache_map: `btree:$data_directory/${name}`, ...parameters };
  return `${LOOPBACK}:${port} inet n - n - 1 postscreen${overrides(cache)}`;
}

function overrides(parameters: Parameters): string {
  return Object.entries(parameters)
    .map(([name, value]) => ` -o { ${name} = ${value} }`)
    .join("");
}

function mainParameters(dir: string, options: PostfixOptions<string>): Parameters {
  const transport = options.lmtpPort === undefined ? "discard:" : `lmtp:inet:${LOOPBACK}:${options.lmtpPort}`;
  return {
    compatibility_level: "3.6",
    queue_directory: join(dir, "spool"),
    data_directory: join(dir, "data"),
    command_directory: "/usr/sbin",
    daemon_directory: "/usr/lib/postfix/sbin",
    mail_owner: "postfix",
    setgid_group: "postdrop",
    // There may be no syslog; both lines are needed for a log file.
    maillog_file: join(dir, "mail.log"),
    maillog_file_prefixes: "/tmp, /var, /home, /dev/stdout",
    syslog_name: "postfix-test",
    myhostname: "mx.y.test",
    mydestination: "",
    local_recipient_maps: "",
    local_transport: "error:no local mail",
    inet_interfaces: LOOPBACK,
    inet_protocols: "ipv4",
    mynetworks: "127.0.0.2/32",
    disable_dns_lookups: "yes",
    smtp_dns_support_level: "disabled",
    relay_domains: "y.test",
    relay_recipient_maps: "inline:{ok@y.test=1, u1@y.test=1, u2@y.test=1, broken@y.test=1}",
    transport_maps: `inline:{{y.test = ${transport}}}`,
    // Whatever an authenticated client sends elsewhere is thrown away: no test mail leaves the machine.
    default_transport: "discard:",
    smtpd_tls_cert_file: options.certificate.chainFile,
    smtpd_tls_key_file: options.certificate.keyFile,
    smtpd_tls_security_level: "may",
    smtpd_sasl_type: "dovecot",
    smtpd_sasl_path: `inet:${LOOPBACK}:${options.saslPort ?? 0}`,
    smtpd_sasl_auth_enable: "no",
    smtpd_relay_restrictions: "permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination",
    smtpd_recipient_restrictions:
      "check_recipient_access inline:{{grey@y.test = 451 4.7.1 Greylisted, try again later}}, permit",
    smtpd_client_connection_count_limit: "0",
    smtpd_client_connection_rate_limit: "0",
    smtpd_peername_lookup: "no",
    // A soft error of one test must not slow the next one down.
    smtpd_error_sleep_time: "0",
    alias_maps: "",
    alias_database: "",
    minimal_backoff_time: "5s",
    maximal_backoff_time: "10s",
    queue_run_delay: "5s",
  };
}

/** Nothing is chrooted: Debian's own master.cf would look for files below the queue directory. */
const INTERNAL_SERVICES = `smtpd     pass  - - n - - smtpd
dnsblog   unix  - - n - 0 dnsblog
tlsproxy  unix  - - n - 0 tlsproxy
pickup    unix  n - n 60 1 pickup
cleanup   unix  n - n - 0 cleanup
qmgr      unix  n - n 5 1 qmgr
tlsmgr    unix  - - n 1000? 1 tlsmgr
rewrite   unix  - - n - - trivial-rewrite
bounce    unix  - - n - 0 bounce
defer     unix  - - n - 0 bounce
trace     unix  - - n - 0 bounce
verify    unix  - - n - 1 verify
proxymap  unix  - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp      unix  - - n - - smtp
lmtp      unix  - - n - - lmtp
showq     unix  n - n - - showq
error     unix  - - n - - error
retry     unix  - - n - - error
discard   unix  - - n - - discard
anvil     unix  - - n - 1 anvil
scache    unix  - - n - 1 scache
postlog   unix-dgram n - n - 1 postlogd
`;
