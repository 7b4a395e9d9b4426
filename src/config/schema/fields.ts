import * as z from "zod";
import { isIP } from "node:net";
import { validate as isCron } from "node-cron";
import { Secret } from "../../model/secret.ts";
import { DURATION, formatDuration, parseDuration } from "../duration.ts";
import { isHelo, isMailAddress, toDomain, toMailDomain } from "../host.ts";
import { nearest } from "../nearest.ts";
import { type Reference, reference } from "../references.ts";
import { say } from "../say.ts";

/**
 * A mapping with known keys only. The message of an unknown key is the list of the known ones: whoever reports it
 * picks the nearest.
 */
export function mapping<Shape extends z.core.$ZodLooseShape>(
  shape: Shape,
  example: string,
): z.ZodObject<Shape, z.core.$strict> {
  const known = Object.keys(shape).join(" ");
  const wrong = say("is not a mapping", `write keys and values, such as ${example}`);
  return z.strictObject(shape, {
    error: (issue) => (issue.code === "unrecognized_keys" ? known : wrong),
  });
}

export function list<Item extends z.ZodType>(item: Item, example: string): z.ZodArray<Item> {
  return z.array(item, say("is not a list", `write a list such as ${example}`));
}

/** Text that `test` accepts. */
export function text(
  title: string,
  wrong: string,
  right: string,
  test: (text: string) => boolean,
): z.ZodString {
  const message = say(wrong, right);
  return z.string(message).refine(test, message).meta({ title });
}

/** Text for which `complain` says what is wrong, in the form of `say`; `undefined` accepts. */
export function judgedText(
  title: string,
  message: string,
  complain: (text: string) => string | undefined,
): z.ZodString {
  return z
    .string(message)
    .check((context) => {
      const complaint = complain(context.value);
      if (complaint !== undefined) {
        context.issues.push({ code: "custom", message: complaint, input: context.value });
      }
    })
    .meta({ title });
}

/** A duration from `min` to `max`, both in the form of a duration. */
export function duration(min: string, max: string): z.ZodString {
  const wrong = say("is not a duration", "write a number and a unit, such as 90s, 5m or 1h");
  const [from = 0, to = 0] = [parseDuration(min), parseDuration(max)];
  return z
    .string(wrong)
    .regex(DURATION, wrong)
    .check((context) => {
      const ms = parseDuration(context.value);
      if (ms === undefined || (ms >= from && ms <= to)) return;
      const message = say(
        `is ${ms < from ? "shorter than" : "longer than"} allowed`,
        `write ${min} to ${max}`,
      );
      context.issues.push({ code: "custom", message, input: context.value });
    })
    .meta({ title: "duration", examples: [formatDuration(Math.max(from, Math.min(to, 60_000)))] });
}

export function wholeNumber(min: number, max: number): z.ZodNumber {
  const message = say("is not a whole number in range", `write ${min} to ${max}`);
  return z.int(message).min(min, message).max(max, message).meta({ title: "whole number" });
}

export function flag(): z.ZodBoolean {
  return z.boolean(say("is not true or false", "write true or false"));
}

export function choice<const Values extends readonly [string, ...string[]]>(
  values: Values,
): z.ZodEnum<{ [V in Values[number]]: V }> {
  return z.enum(values, {
    error: (issue) => {
      const near = typeof issue.input === "string" ? nearest(issue.input, values) : undefined;
      const known = `write one of ${values.join(", ")}`;
      return say(
        "is not known here",
        near === undefined ? known : `did you mean ${near}? Known: ${values.join(", ")}`,
      );
    },
  });
}

/** A value that may be kept in the environment or in a file. */
export function referable<Inner extends z.ZodType<string>>(
  inner: Inner,
): z.ZodUnion<readonly [Inner, z.ZodType<Reference>]> {
  const title = `${inner.meta()?.title ?? "text"}, { env } or { file }`;
  return z.union([inner, reference(false)]).meta({ title });
}

/** A secret: plain text is taken, but belongs into the environment or a file. */
export function secret(): z.ZodUnion<readonly [z.ZodType<Secret>, z.ZodType<Reference>]> {
  const text = z
    .string(say("is no secret", "write { env: NAME } or { file: PATH }, or text in quotes"))
    .min(1, say("is empty", "write { env: NAME } or { file: PATH }"))
    .transform((value) => new Secret(value));
  return z.union([text, reference(true)]).meta({ title: "secret: { env }, { file } or text" });
}

export const path = (): z.ZodString =>
  text("path", "is not a path", "write the path of a file, relative to this one", (value) => value !== "");

/** A name is a metric label and a part of URLs and job ids. */
export const name = (): z.ZodString =>
  text(
    "name",
    "is not a valid name",
    "write one such as eu-1, of letters, digits and . _ : @ + -, starting with a letter or digit, 128 at most",
    (value) => /^[A-Za-z0-9][A-Za-z0-9._:@+-]{0,127}$/.test(value),
  );

export const hostName = (): z.ZodString =>
  text(
    "host name",
    "is not a host name",
    "write a name such as relay.example.com",
    (value) => toDomain(value) !== undefined,
  );

export const domainName = (): z.ZodString =>
  text(
    "domain",
    "is not a domain name",
    "write a name such as example.com",
    (value) => toMailDomain(value) !== undefined,
  );

export const ipOrDomain = (): z.ZodString =>
  judgedText(
    "IP address or domain",
    say("is neither an IP address nor a domain", "write one, such as 192.0.2.10 or 2001:db8::10"),
    (value) => {
      if (isIP(value) !== 0 || toMailDomain(value) !== undefined) return undefined;
      const networks = /^[0-9a-fA-F.:]+\/\d+$/.test(value);
      return networks
        ? say("is a network", "write each address of it that sends mail")
        : say("is neither an IP address nor a domain", "write one, such as 192.0.2.10 or 2001:db8::10");
    },
  );

export const ipAddress = (): z.ZodString =>
  text(
    "IP address",
    "is not an IP address",
    "write one, such as 192.0.2.10 or 2001:db8::10",
    (value) => isIP(value) !== 0,
  );

export const mailAddress = (): z.ZodString =>
  text("mail address", "is not a mail address", "write one such as probe@example.com", isMailAddress);

/** Empty for the null reverse-path `<>` (RFC 5321 section 4.5.5). */
export const reversePath = (): z.ZodString =>
  text(
    "mail address",
    "is not a mail address",
    'write one such as probe@example.com, or "" for the null reverse-path',
    (value) => value === "" || isMailAddress(value),
  );

export const helo = (): z.ZodString =>
  text(
    "helo name",
    "is no argument for EHLO",
    "write a fully qualified name such as probe1.example.com, or an address literal such as [192.0.2.1] or [IPv6:2001:db8::1]",
    isHelo,
  );

/** The library counts a range up to its end before it looks whether that is an hour; no number of ours has three digits. */
const CRON_LENGTH = 200;
const LONG_NUMBER = /\d{3}/;

export const cron = (): z.ZodString =>
  text(
    "cron expression",
    "is not a cron expression",
    'write five fields, in UTC, such as "*/10 * * * *"',
    (value) => {
      if (value.length > CRON_LENGTH || LONG_NUMBER.test(value)) return false;
      try {
        return isCron(value);
      } catch {
        return false;
      }
    },
  );

/** Label names as Prometheus takes them; those that begin with `__` are its own. */
export const labels = (): z.ZodRecord<z.ZodString, z.ZodString> =>
  z
    .record(
      z
        .string()
        .regex(
          /^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$/,
          say("is not a label name", "write letters, digits and _, not starting with a digit or __"),
        ),
      z
        .string(say("is not text", 'put the value in quotes, such as "12"'))
        .max(1024, say("is too long", "write 1024 characters at most")),
      say("is not a mapping", "write names and values, such as { site: fra1 }"),
    )
    .meta({ title: "mapping of name to text" });

export function oneOrMany<Item extends z.ZodType>(
  item: Item,
  example: string,
): z.ZodUnion<readonly [Item, z.ZodArray<Item>]> {
  return z
    .union([item, list(item, example)])
    .meta({ title: `${item.meta()?.title ?? "text"}, or a list of them` });
}
