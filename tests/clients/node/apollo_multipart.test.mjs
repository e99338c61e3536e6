// Apollo Client's HttpLink and multipart/mixed, against $GATEWAY_URL: @defer, where one vendor is slow, and subscriptions.
import { deepEqual, equal, ok } from "node:assert/strict";
import { after, before, test } from "node:test";
import { ApolloClient, HttpLink, InMemoryCache, gql } from "@apollo/client";
import { CombinedGraphQLErrors } from "@apollo/client/errors";
import { Defer20220824Handler, GraphQL17Alpha9Handler } from "@apollo/client/incremental";
import { CHANGED, change, url } from "./gateway.mjs";

const SLOW = "outreach";
const FLEET = gql`{ accounts { id name ... @defer { mailboxes(first: 5) { nodes { id } } } } }`;
const faults = url.replace("/graphql", `/sandbox/${SLOW}/__faults`);

function connected(incrementalHandler) {
  const types = [];
  const fetched = async (...request) => {
    const response = await fetch(...request);
    types.push(response.headers.get("content-type"));
    return response;
  };
  const link = new HttpLink({ uri: url, fetch: fetched, headers: { "cache-control": "no-cache" } });
  return { client: new ApolloClient({ link, cache: new InMemoryCache(), incrementalHandler }), types };
}

// Everything that a component would be given to show, in its order.
const shown = (client, query) =>
  new Promise((done, fail) => {
    const found = [];
    client.watchQuery({ query }).subscribe({
      error: fail,
      next: (result) => {
        if (result.error) fail(result.error);
        found.push(structuredClone(result.data));
        if (result.dataState === "complete") done(found);
      },
    });
  });

const arrived = (data) => (data?.accounts ?? []).filter(({ mailboxes }) => mailboxes).map(({ name }) => name);

before(() => fetch(faults, { method: "POST", body: JSON.stringify({ delaySeconds: 3 }) }));
after(() => fetch(faults, { method: "DELETE" }));

test("deferred parts: fast vendors are shown before the slow one, and it comes, too", async () => {
  const { client, types } = connected(new GraphQL17Alpha9Handler());
  const found = await shown(client, FLEET);
  const names = found.at(-1).accounts.map(({ name }) => name);
  const fast = names.filter((name) => name !== SLOW);
  equal(fast.length, 4);
  ok(found.some((data) => data?.accounts && arrived(data).length === 0), "the names come first");
  ok(found.some((data) => fast.every((name) => arrived(data).includes(name)) && !arrived(data).includes(SLOW)), JSON.stringify(found.map(arrived)));
  deepEqual(arrived(found.at(-1)), names);
  ok(found.at(-1).accounts.every(({ mailboxes }) => mailboxes.nodes.length === 5));
  deepEqual(types, ['multipart/mixed; boundary="-"; incrementalSpec=v0.2']);
});

test("a client that reads an older shape of parts only gets one answer, whole", async () => {
  const { client, types } = connected(new Defer20220824Handler());
  const found = await shown(client, FLEET);
  equal(arrived(found.at(-1)).length, 5);
  ok(types.every((type) => type.startsWith("application/graphql-response+json")), types);
});

test("an error in a deferred part", async () => {
  const { client } = connected(new GraphQL17Alpha9Handler());
  const { data, error } = await client.query({ query: gql`{ accounts { id ... @defer { mailboxes(first: -1) { totalCount } } } }`, errorPolicy: "all" });
  ok(CombinedGraphQLErrors.is(error), error);
  deepEqual([...new Set(error.errors.map(({ extensions }) => extensions.code))], ["BAD_USER_INPUT"]);
  equal(data.accounts.length, 5);
});

test("a document that cannot run", async () => {
  const { client } = connected(new GraphQL17Alpha9Handler());
  const { error } = await client.query({ query: gql`{ accounts { id ... @defer { nope } } }`, errorPolicy: "all" });
  deepEqual(error.errors.map(({ extensions }) => extensions.code), ["GRAPHQL_VALIDATION_FAILED"]);
});

test("a subscription in parts", async () => {
  const { client, types } = connected();
  const heard = new Promise((done, fail) => {
    const events = client.subscribe({ query: gql(CHANGED) }).subscribe({
      error: fail,
      next: ({ data, error }) => {
        events.unsubscribe();
        error ? fail(error) : done(data);
      },
    });
  });
  const id = await change(heard);
  const { mailboxChanged } = await heard;
  deepEqual([mailboxChanged.kind, mailboxChanged.mailboxId], ["CHANGED", id]);
  deepEqual(types, ['multipart/mixed; boundary="graphql"; subscriptionSpec=1.0']);
});

test("a subscription that cannot begin is an error, and completes", async () => {
  const { client } = connected();
  const found = [];
  await new Promise((done) => {
    const query = gql`subscription { operation(id: "nonsense") { state } }`;
    client.subscribe({ query, errorPolicy: "all" }).subscribe({ next: (result) => found.push(result), complete: done, error: done });
  });
  deepEqual(found.map(({ error }) => error.errors.map(({ extensions }) => extensions.code)), [["BAD_USER_INPUT"]]);
});
