/**
 * The server sent something that is no SMTP reply. `protocol_error`: its form is wrong. `limit_exceeded`: it is larger
 * than a client needs to bear. Both are fault codes of the model.
 */
export class SmtpSyntaxError extends Error {
  readonly code: "protocol_error" | "limit_exceeded";
  readonly detail: "tls_record" | undefined;

  constructor(code: "protocol_error" | "limit_exceeded", message: string, detail?: "tls_record") {
    super(message);
    this.name = "SmtpSyntaxError";
    this.code = code;
    this.detail = detail;
  }
}

/**
 * The caller asked for a command that must not be sent: an argument would break out of its line, or needs an extension
 * (RFC 5321 section 2.2) that the server does not offer. Nothing was written; the session goes on.
 */
export class SmtpArgumentError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "SmtpArgumentError";
  }
}
