// urql against $GATEWAY_URL, a `gateway demo`: subscriptions by graphql-ws, and by its own fetch as server-sent events.
import { deepEqual, equal, match } from "node:assert/strict";
import { after, test } from "node:test";
import { Client, cacheExchange, fetchExchange, gql, subscriptionExchange } from "@urql/core";
import { createClient } from "graphql-ws";

const url = process.env.GATEWAY_URL;
const sockets = createClient({ url: url.replace("http", "ws") });
const forwardSubscription = ({ query, variables }) => ({
  subscribe: (sink) => ({ unsubscribe: sockets.subscribe({ query, variables }, sink) }),
});
const byWebSocket = new Client({ url, exchanges: [cacheExchange, fetchExchange, subscriptionExchange({ forwardSubscription })] });
const byFetch = new Client({ url, exchanges: [cacheExchange, fetchExchange], fetchSubscriptions: true });

after(() => sockets.dispose());

const PAGE = gql`
  query Page($after: String, $filter: MailboxFilter) {
    mailboxes(first: 20, after: $after, filter: $filter) {
      nodes { id address displayName }
      pageInfo { hasNextPage endCursor }
      sources { account { name } status }
    }
  }
`;
const RENAME = gql`
  mutation Rename($id: ID!, $name: String!) {
    mailboxUpdate(id: $id, input: { displayName: $name }) { mailbox { id displayName } userErrors { code message } }
  }
`;
const TEST = gql`
  mutation Test($id: ID!) { mailboxBulkTest(input: { ids: [$id] }) { operation { id } userErrors { code message } } }
`;
const WATCH = gql`
  subscription Watch($id: ID!) { operation(id: $id) { id state progress { done total } results { mailbox { id } } } }
`;

test("pages follow each other", async () => {
  const first = await byWebSocket.query(PAGE, {});
  equal(first.error, undefined);
  const { pageInfo, nodes } = first.data.mailboxes;
  const second = await byWebSocket.query(PAGE, { after: pageInfo.endCursor });
  equal(second.error, undefined);
  equal(new Set([...nodes, ...second.data.mailboxes.nodes].map(({ id }) => id)).size, 40);
});

test("a mutation makes its document cache ask the lists anew", async () => {
  const filter = { vendor: ["SENDKIT"] };
  const [{ id }] = (await byWebSocket.query(PAGE, { filter })).data.mailboxes.nodes;

  const { data, error } = await byWebSocket.mutation(RENAME, { id, name: "Named by urql" });

  equal(error, undefined);
  deepEqual(data.mailboxUpdate.userErrors, []);
  const { nodes } = (await byWebSocket.query(PAGE, { filter })).data.mailboxes;
  equal(nodes.find((each) => each.id === id).displayName, "Named by urql");
});

for (const [way, client] of Object.entries({ "graphql-ws": byWebSocket, "server-sent events": byFetch }))
  test(`an operation is watched over ${way} to its end`, async () => {
    const [{ id }] = (await client.query(PAGE, { filter: { vendor: ["SENDKIT"] } })).data.mailboxes.nodes;
    const { operation } = (await client.mutation(TEST, { id })).data.mailboxBulkTest;

    const events = await watched(client, { id: operation.id });

    const { state, progress, results } = events.at(-1).data.operation;
    deepEqual({ state, progress, results }, { state: "SUCCEEDED", progress: { done: 1, total: 1 }, results: [{ mailbox: { id } }] });
  });

for (const [way, client] of Object.entries({ "graphql-ws": byWebSocket, "server-sent events": byFetch }))
  test(`a subscription that is refused over ${way} says why`, async () => {
    const error = await watched(client, { id: "no such id" }).catch((thrown) => thrown);
    equal(error.graphQLErrors[0].extensions.code, "BAD_USER_INPUT");
  });

test("errors have their code", async () => {
  const { error } = await byWebSocket.query(gql`query Wrong { mailboxes(first: -1) { totalCount } }`, {});
  equal(error.graphQLErrors[0].extensions.code, "BAD_USER_INPUT");
  match(error.message, /first/);
});

/** What is told of an operation until it is over. */
const watched = (client, variables) =>
  new Promise((resolve, reject) => {
    const found = [];
    const { unsubscribe } = client.subscription(WATCH, variables).subscribe((result) => {
      if (result.error) return queueMicrotask(() => (unsubscribe(), reject(result.error)));
      found.push(result);
      if (!["PENDING", "RUNNING"].includes(result.data?.operation.state)) queueMicrotask(() => (unsubscribe(), resolve(found)));
    });
  });
