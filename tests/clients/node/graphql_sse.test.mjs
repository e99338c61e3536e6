// https://github.com/enisdenjo/graphql-sse in its distinct connections mode, against $GATEWAY_URL.
import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { test } from "node:test";
import { createClient } from "graphql-sse";
import { CHANGED, change, url } from "./gateway.mjs";

const client = createClient({ url, singleConnection: false, retryAttempts: 0 });

async function results(query, variables) {
  const found = [];
  for await (const result of client.iterate({ query, variables })) found.push(result);
  return found;
}

test("a query is one event, and then complete", async () => {
  const [{ data, extensions }, ...more] = await results("{ accounts { name } }");
  ok(data.accounts.length > 0);
  ok(extensions.cost);
  deepEqual(more, []);
});

test("a mutation", async () => {
  const [{ data }] = await results('mutation { mailboxDelete(id: "nonsense") { userErrors { code } } }');
  deepEqual(data.mailboxDelete.userErrors, [{ code: "BAD_USER_INPUT" }]);
});

test("a subscription hears of a change, and ends when nobody listens", async () => {
  const events = client.iterate({ query: CHANGED });
  const heard = events.next();
  const id = await change(heard);
  const { data } = (await heard).value;
  deepEqual([data.mailboxChanged.kind, data.mailboxChanged.mailboxId], ["CHANGED", id]);
  equal((await events.return()).done, true);
});

test("what is deferred comes in frames", async () => {
  const frames = await results("{ accounts { name ... @defer { mailboxes(first: 1) { totalCount } } } }");
  ok(frames.length > 1);
  ok(frames[0].data.accounts.every((account) => !("mailboxes" in account)));
  equal(frames.at(-1).hasNext, false);
});

test("an operation that cannot run, and a subscription that cannot begin, are events with errors", async () => {
  for (const [query, code] of [
    ["{ nope }", "GRAPHQL_VALIDATION_FAILED"],
    ['subscription { operation(id: "nonsense") { state } }', "BAD_USER_INPUT"],
  ]) {
    const [{ data, errors }, ...more] = await results(query);
    ok(data === undefined || data === null);
    deepEqual([errors.map(({ extensions }) => extensions.code), more], [[code], []]);
  }
});

test("a request that is none is a network error", async () => {
  await rejects(results("{ __typename }", "no object"), (error) => error.response?.status === 400);
});
