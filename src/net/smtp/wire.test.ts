import { Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { DEFAULT_REPLY_LIMITS } from "../../standards/smtp/reply-parser.ts";
import { Wire } from "./wire.ts";

/** A socket whose other side reads nothing: what is written never leaves. */
function blockedSocket(): Socket {
  return Object.assign(new Socket(), { _write: () => {} });
}

function wireOn(socket: Socket): Wire {
  return new Wire(socket, new AbortController().signal, DEFAULT_REPLY_LIMITS);
}

describe("a connection that is closed", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("is gone after a moment, also when the other side reads nothing more", async () => {
    const socket = blockedSocket();
    const wire = wireOn(socket);
    wire.write("QUIT\r\n");
    wire.close();
    expect(socket.destroyed).toBe(false);
    await vi.runAllTimersAsync();
    expect(socket.destroyed).toBe(true);
  });

  it("leaves no timer behind when it ends by itself", async () => {
    const socket = new Socket();
    wireOn(socket).close();
    await new Promise((resolve) => socket.once("close", resolve));
    expect(vi.getTimerCount()).toBe(0);
  });
});
