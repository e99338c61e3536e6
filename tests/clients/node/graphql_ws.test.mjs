// https://github.com/enisdenjo/graphql-ws against $GATEWAY_URL, which wants the key $GATEWAY_KEY; and its protocol, message by message.
import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { createClient } from "graphql-ws";
import WebSocket from "ws";
import { CHANGED, change, key, socketUrl } from "./gateway.mjs";

const PROTOCOL = "graphql-transport-ws";
const connected = (connectionParams) => createClient({ url: socketUrl, webSocketImpl: WebSocket, connectionParams, retryAttempts: 0 });
const known = () => connected({ Authorization: `Bearer ${key}` });

async function results(client, query, variables) {
  const found = [];
  for await (const result of client.iterate({ query, variables })) found.push(result);
  await client.dispose();
  return found;
}

test("a query is one result, with what it cost", async () => {
  const [{ data, extensions }, ...more] = await results(known(), "{ accounts { name } }");
  ok(data.accounts.length > 0);
  equal(typeof extensions.cost.calls, "number");
  deepEqual(more, []);
});

test("several operations at once on one connection", async () => {
  const client = known();
  const names = ["A", "B", "C"].map((name) => client.iterate({ query: `query ${name} { __typename }` }).next());
  deepEqual((await Promise.all(names)).map(({ value }) => value.data), Array(3).fill({ __typename: "Query" }));
  await client.dispose();
});

test("a mutation", async () => {
  const nothing = "mutation { mailboxDelete(id: \"nonsense\") { userErrors { code } } }";
  const [{ data }] = await results(known(), nothing);
  deepEqual(data.mailboxDelete.userErrors, [{ code: "BAD_USER_INPUT" }]);
});

test("a subscription hears of a change, and ends when nobody listens", async () => {
  const client = known();
  const events = client.iterate({ query: CHANGED });
  const heard = events.next();
  const id = await change(heard);
  const { data } = (await heard).value;
  deepEqual([data.mailboxChanged.kind, data.mailboxChanged.mailboxId], ["CHANGED", id]);
  equal((await events.return()).done, true);
  await client.dispose();
});

test("what is deferred comes in frames", async () => {
  const frames = await results(known(), "{ accounts { name ... @defer { mailboxes(first: 1) { totalCount } } } }");
  const [initial, ...later] = frames;
  ok(initial.data.accounts.every((account) => !("mailboxes" in account)));
  deepEqual(initial.pending.map(({ path }) => path), initial.data.accounts.map((_, index) => ["accounts", index]));
  const ids = later.flatMap(({ completed }) => completed ?? []).map(({ id }) => id);
  deepEqual(ids.sort(), initial.pending.map(({ id }) => id).sort());
  deepEqual(frames.map(({ hasNext }) => hasNext), [...Array(frames.length - 1).fill(true), false]);
  ok(later.at(-1).extensions.cost);
});

test("an operation that cannot run is an error", async () => {
  await rejects(results(known(), "{ nope }"), ([error]) => error.extensions.code === "GRAPHQL_VALIDATION_FAILED");
});

for (const [who, params] of [["without a key", undefined], ["with a wrong key", { Authorization: "Bearer mgw_wrong" }]])
  test(`a stranger ${who} is closed out with 4403`, async () => {
    await rejects(results(connected(params), "{ __typename }"), (event) => event.code === 4403);
  });

// ---- the protocol, where the client above would never go
async function raw() {
  const socket = new WebSocket(socketUrl, PROTOCOL);
  await once(socket, "open");
  const heard = [];
  const waiting = [];
  socket.on("message", (text) => (waiting.length ? waiting.shift()(JSON.parse(text)) : heard.push(JSON.parse(text))));
  return {
    socket,
    say: (message) => socket.send(JSON.stringify(message)),
    hear: () => (heard.length ? Promise.resolve(heard.shift()) : new Promise((done) => waiting.push(done))),
    closed: once(socket, "close").then(([code]) => code),
  };
}

async function begun() {
  const line = await raw();
  line.say({ type: "connection_init", payload: { Authorization: `Bearer ${key}` } });
  deepEqual(await line.hear(), { type: "connection_ack" });
  return line;
}

test("a complete for what was never begun, or has ended, is nothing", async () => {
  const { socket, say, hear } = await begun();
  say({ type: "complete", id: "1" });
  say({ type: "subscribe", id: "1", payload: { query: "{ __typename }" } });
  equal((await hear()).type, "next");
  deepEqual(await hear(), { id: "1", type: "complete" });
  say({ type: "complete", id: "1" });
  say({ type: "ping" });
  deepEqual(await hear(), { type: "pong" });
  socket.close();
});

test("an id may be used again once it is free, and is refused with 4409 while it is not", async () => {
  const { say, hear, closed } = await begun();
  for (const _ of [1, 2]) {
    say({ type: "subscribe", id: "1", payload: { query: "{ __typename }" } });
    deepEqual([(await hear()).type, (await hear()).type], ["next", "complete"]);
  }
  for (const _ of [1, 2]) say({ type: "subscribe", id: "1", payload: { query: CHANGED } });
  equal(await closed, 4409);
});

test("a subscription that its client completes is silent, and its id is free", async () => {
  const { socket, say, hear } = await begun();
  say({ type: "subscribe", id: "1", payload: { query: CHANGED } });
  say({ type: "complete", id: "1" });
  say({ type: "subscribe", id: "1", payload: { query: "{ __typename }" } });
  deepEqual([await hear(), await hear()].map(({ type }) => type), ["next", "complete"]);
  socket.close();
});

test("ping and pong, with a payload and before hello; a pong that nobody asked for", async () => {
  const { socket, say, hear } = await raw();
  say({ type: "pong", payload: { late: true } });
  say({ type: "ping", payload: { at: 1 } });
  equal((await hear()).type, "pong");
  socket.close();
});

test("extensions of a request are taken", async () => {
  const { socket, say, hear } = await begun();
  say({ type: "subscribe", id: "1", payload: { query: "{ __typename }", extensions: { clientLibrary: { name: "x" } } } });
  equal((await hear()).type, "next");
  socket.close();
});

test("an operation before hello is closed out with 4401, a second hello with 4429, nonsense with 4400", async () => {
  for (const [begin, message, code] of [
    [raw, { type: "subscribe", id: "1", payload: { query: "{ __typename }" } }, 4401],
    [begun, { type: "connection_init" }, 4429],
    [begun, { type: "nonsense" }, 4400],
    [begun, { type: "subscribe", id: "", payload: { query: "{ __typename }" } }, 4400],
  ]) {
    const { say, closed } = await begin();
    say(message);
    equal(await closed, code);
  }
});
