import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { fleet, outcome, test } from "./fleet.ts";
import { GatewayError } from "./gateway.ts";
import type { MailboxStatus } from "./gql/graphql.ts";

type Reply = [status: number, body: unknown];
const NOTHING: Reply = [404, { error: "There is nothing here." }];
const STATUS: Record<string, number> = { BAD_USER_INPUT: 400, NOT_FOUND: 404, CONFLICT: 409 };

/** GET /fleet?status=ERROR&after=…, POST /mailboxes/<id>/tests, GET /tests/<id>. Your users' login belongs before this. */
async function reply({ method, headers, url = "/" }: IncomingMessage): Promise<Reply> {
  const asked = URL.parse(url, "http://bff");
  const route = `${method} ${asked?.pathname}`;
  if (asked && route === "GET /fleet") {
    const status = asked.searchParams.getAll("status") as MailboxStatus[]; // the gateway checks the words
    return [200, await fleet(status, asked.searchParams.get("after"))];
  }
  const mailboxId = /^POST \/mailboxes\/([\w-]+)\/tests$/.exec(route)?.[1];
  if (mailboxId) {
    const key = headers["idempotency-key"]; // no page of another origin can send it: this is no door for CSRF either
    if (typeof key !== "string") return [400, { error: "Send an Idempotency-Key, the same one when you repeat the request." }];
    const started = await test(mailboxId, key);
    return [started.operation ? 202 : 422, started];
  }
  const testId = /^GET \/tests\/([\w-]+)$/.exec(route)?.[1];
  const found = testId && (await outcome(testId));
  return found ? [200, found] : NOTHING;
}

function refusal(error: unknown): Reply {
  if (error instanceof GatewayError) return [STATUS[error.code] ?? 502, { error: error.message, code: error.code }];
  console.error(error);
  return [502, { error: "The gateway gave no answer." }];
}

const server = createServer(async (request, response) => {
  const [status, body] = await reply(request).catch(refusal);
  response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" }).end(JSON.stringify(body));
});

server.listen(Number(process.env["PORT"] ?? 3000), "127.0.0.1", () => {
  console.log(`Listening on http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
