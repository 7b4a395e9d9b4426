import { Secret } from "../../src/model/secret.ts";
import { startLab } from "../../src/lab/lab.ts";
import { smtpSessionContract } from "./smtp-session.ts";

smtpSessionContract("the lab", ["smtp", "submission", "submissions", "lmtp"], async () => {
  const lab = await startLab();
  const [user] = lab.users;
  return {
    host: lab.address,
    ports: lab.ports,
    ca: lab.ca,
    serverName: lab.host,
    credentials: { username: user?.username ?? "", password: new Secret(user?.password ?? "") },
    from: "probe@lab.test",
    acceptedRecipient: "seed@lab.test",
    rejectedRecipient: "unknown@lab.test",
    deferredRecipient: "grey@lab.test",
    stop: () => lab.stop(),
  };
});
