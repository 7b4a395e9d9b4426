import { describe, expect, it } from "vitest";
import { Mailbox, type StoredMessage } from "./mailbox.ts";

function message(id: string, text = ""): StoredMessage {
  return {
    id,
    from: "a@b.test",
    to: ["seed@lab.test"],
    trace: "",
    bytes: Buffer.from(text),
    receivedAt: 0,
    relay: "relay",
    service: "smtp",
    tls: false,
  };
}

const ids = (messages: readonly StoredMessage[]): string[] => messages.map(({ id }) => id);

describe("Mailbox", () => {
  it("finds every copy by a token in the header, not in the body", () => {
    const mailbox = new Mailbox();
    mailbox.add(message("one", "X: token\r\n\r\nbody"));
    mailbox.add(message("two", "X: other\r\n\r\ntoken"));
    mailbox.add(message("three", "X: token\r\n\r\n"));
    mailbox.add(message("four", "X: token"));
    expect(ids(mailbox.find("token"))).toEqual(["one", "three", "four"]);
    expect(mailbox.find("")).toEqual([]);
  });

  it("forgets the oldest when there are too many or too large", () => {
    const few = new Mailbox({ messages: 2 });
    for (const id of ["one", "two", "three"]) few.add(message(id));
    expect(ids(few.messages)).toEqual(["two", "three"]);
    const small = new Mailbox({ bytes: 5 });
    for (const id of ["one", "two"]) small.add(message(id, "1234"));
    expect(ids(small.messages)).toEqual(["two"]);
    expect(small.total).toBe(2);
  });

  it("tells of each message until it is asked to stop", () => {
    const mailbox = new Mailbox();
    const seen: string[] = [];
    const stop = mailbox.onMessage(({ id }) => seen.push(id));
    mailbox.add(message("one"));
    stop();
    mailbox.add(message("two"));
    expect(seen).toEqual(["one"]);
    mailbox.clear();
    expect(mailbox.messages).toEqual([]);
  });
});
