import type { TLSSocket } from "node:tls";
import type { WebTls } from "./load.ts";

/**
 * Whether a connection may stay, by Go's five policies. The handshake asks for a certificate and takes any answer;
 * the decision is made here, so that a reload can change it.
 */
export function acceptsClient(socket: TLSSocket, tls: Pick<WebTls, "clientAuth" | "allowedSans">): boolean {
  const certificate = socket.getPeerX509Certificate();
  return accepts(tls, {
    given: certificate !== undefined,
    verified: socket.authorized,
    sans: subjectAltNames(certificate?.subjectAltName),
  });
}

interface PresentedCertificate {
  readonly given: boolean;
  readonly verified: boolean;
  readonly sans: readonly string[];
}

export function accepts(
  { clientAuth, allowedSans }: Pick<WebTls, "clientAuth" | "allowedSans">,
  { given, verified, sans }: PresentedCertificate,
): boolean {
  switch (clientAuth) {
    case "NoClientCert":
    case "RequestClientCert":
      return true;
    case "VerifyClientCertIfGiven":
      return !given || verified;
    case "RequireAnyClientCert":
    case "RequireClientCert":
      return given && hasAllowedSan(sans, allowedSans);
    case "RequireAndVerifyClientCert":
      return given && verified && hasAllowedSan(sans, allowedSans);
    default:
      return false;
  }
}

function hasAllowedSan(sans: readonly string[], allowed: readonly string[] | undefined): boolean {
  return allowed === undefined || sans.some((san) => allowed.includes(san));
}

/**
 * `DNS:a.example, IP Address:192.0.2.1` as values. Node puts a name that holds a separator into quotes
 * (CVE-2021-44532); such a name is left out, as no honest one needs it.
 */
export function subjectAltNames(text: string | undefined): string[] {
  return (text ?? "").split(", ").flatMap((entry) => {
    const [, value] = /^(?:DNS|IP Address|email|URI):([^"]*)$/.exec(entry) ?? [];
    return value === undefined ? [] : [value];
  });
}
