import { createTransport } from "nodemailer";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Lab, startLab } from "../../src/lab/lab.ts";

/** The lab is judged by clients that we did not write: what our own client forgives must not pass for correct. */
describe("the lab serves an independent client", () => {
  let lab: Lab;

  beforeAll(async () => {
    lab = await startLab();
  });
  afterEach(async () => {
    lab.mailbox.clear();
    await lab.reset();
  });
  afterAll(() => lab.stop());

  async function send(
    service: "submission" | "submissions",
    to = "seed@lab.test",
    type = "PLAIN",
  ): Promise<string> {
    const [user] = lab.users;
    const transport = createTransport({
      host: lab.address,
      port: lab.ports[service],
      secure: service === "submissions",
      requireTLS: service === "submission",
      tls: { ca: lab.ca, servername: lab.host },
      authMethod: type,
      auth: { user: user?.username ?? "", pass: user?.password ?? "" },
    });
    try {
      const text = `.dot\n${"x".repeat(2000)}\n..\n.\nend`;
      const sent = await transport.sendMail({ from: "probe@lab.test", to, subject: "héllo", text });
      return sent.response;
    } catch (error) {
      return (error as { response?: string }).response ?? String(error);
    } finally {
      transport.close();
    }
  }

  it.each<["submission" | "submissions", string]>([
    ["submission", "PLAIN"],
    ["submission", "LOGIN"],
    ["submission", "CRAM-MD5"],
    ["submissions", "PLAIN"],
  ])("on %s with %s", async (service, type) => {
    expect(await send(service, "seed@lab.test", type)).toMatch(/^250 2\.0\.0 Ok: queued as [0-9A-F]{10}$/);
    const [stored] = lab.mailbox.messages;
    expect(stored).toMatchObject({ to: ["seed@lab.test"], username: "probe", tls: true });
    expect(stored?.bytes.toString()).toMatch(/\r\n\r\n\.dot\r\n[\s\S]*\r\n\.\r\nend\r\n$/);
  });

  it.each([
    ["unknown@lab.test", /^550 5\.1\.1 /],
    ["grey@lab.test", /^451 4\.7\.1 /],
    ["full@lab.test", /^452 4\.2\.2 /],
  ])("refuses %s", async (to, expected) => {
    expect(await send("submission", to)).toMatch(expected);
    expect(lab.mailbox.messages).toEqual([]);
  });

  it.each([
    ["wrong_password", /^535 5\.7\.8 /],
    ["certificate_expired", /certificate has expired/],
    ["too_many_connections", /^421 4\.7\.0 /],
    ["no_starttls", /STARTTLS|command not implemented/],
  ])("shows %s", async (id, expected) => {
    await lab.set(id, true);
    expect(await send("submission")).toMatch(expected);
  });
});
