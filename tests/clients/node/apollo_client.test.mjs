// Apollo Client 4 against $GATEWAY_URL, a `gateway demo`: its cache, its pages, its mutations and its subscriptions.
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, mock, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { ApolloClient, ApolloLink, CombinedGraphQLErrors, HttpLink, InMemoryCache, gql } from "@apollo/client";
import { loadDevMessages, loadErrorMessages } from "@apollo/client/dev";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { getMainDefinition, relayStylePagination } from "@apollo/client/utilities";
import { createClient } from "graphql-ws";

const url = process.env.GATEWAY_URL;
const sockets = createClient({ url: url.replace("http", "ws") });
const said = [mock.method(console, "warn"), mock.method(console, "error")];

before(() => (loadDevMessages(), loadErrorMessages()));
after(() => sockets.dispose());

function apollo() {
  const isSubscription = ({ query }) => getMainDefinition(query).operation === "subscription";
  return new ApolloClient({
    link: ApolloLink.split(isSubscription, new GraphQLWsLink(sockets), new HttpLink({ uri: url })),
    cache: new InMemoryCache({
      typePolicies: {
        Query: { fields: { mailboxes: relayStylePagination(["filter", "orderBy"]) } },
        Mailbox: { fields: { health: { merge: true } } },
      },
    }),
  });
}

const PAGE = gql`
  query Page($after: String, $vendor: [Vendor!]) {
    mailboxes(first: 10, after: $after, filter: { vendor: $vendor }, orderBy: { field: ADDRESS }) {
      totalCount
      edges { cursor node { id address displayName health { sending { state } } details { ... on SendkitDetails { provider } } } }
      pageInfo { hasNextPage endCursor }
      sources { account { id name } status problem }
    }
  }
`;

const CREATE = gql`
  mutation Create($input: MailboxCreateInput!) {
    mailboxCreate(input: $input) {
      mailbox { id address status }
      operation { id state }
      userErrors { field code message }
      warnings { field message }
    }
  }
`;

const RENAME = gql`
  mutation Rename($id: ID!, $name: String!) {
    mailboxUpdate(id: $id, input: { displayName: $name }) { mailbox { id displayName } userErrors { code message } }
  }
`;

const newMailbox = (password, more = {}) => ({
  account: "sendkit",
  address: `apollo-${randomUUID()}@meridian.example`,
  smtp: { host: "smtp.meridian.example", port: 465, password },
  ...more,
});

test("a mailbox is one entry of the cache, whichever way it came", async () => {
  const client = apollo();
  const { data } = await client.query({ query: PAGE });
  const { id, address } = data.mailboxes.edges[0].node;
  const NODE = gql`query Node($id: ID!) { node(id: $id) { id ... on Mailbox { status health { receiving { state } } } } }`;

  await client.query({ query: NODE, variables: { id } });

  const cached = client.cache.readFragment({
    id: client.cache.identify({ __typename: "Mailbox", id }),
    fragment: gql`fragment Both on Mailbox { address status health { sending { state } receiving { state } } }`,
  });
  equal(cached.address, address);
  ok(cached.health.sending.state && cached.health.receiving.state);
});

test("its relayStylePagination joins all pages, each mailbox once", async () => {
  const client = apollo();
  const variables = { vendor: ["SENDKIT", "OUTREACH"] };
  const watched = client.watchQuery({ query: PAGE, variables });
  let { data } = await firstAnswer(watched);
  for (let pages = 1; data.mailboxes.pageInfo.hasNextPage && pages < 10; pages++)
    data = (await watched.fetchMore({ variables: { after: data.mailboxes.pageInfo.endCursor } })).data;

  const { edges, totalCount, sources } = client.readQuery({ query: PAGE, variables }).mailboxes;
  ok(totalCount > 10);
  equal(new Set(edges.map(({ node }) => node.id)).size, totalCount);
  ok(sources.length > 0 && sources.every(({ problem }) => problem === null));
});

test("a change shows in a list that is being watched", async () => {
  const client = apollo();
  const watched = client.watchQuery({ query: PAGE, variables: { vendor: ["SENDKIT"] } });
  const { id } = (await firstAnswer(watched)).data.mailboxes.edges[0].node;

  const { data } = await client.mutate({ mutation: RENAME, variables: { id, name: "Named by Apollo" } });

  deepEqual(data.mailboxUpdate.userErrors, []);
  equal(watched.getCurrentResult().data.mailboxes.edges[0].node.displayName, "Named by Apollo");
});

test("what is created is watched over WebSocket until it is verified, and its password stays nowhere", async () => {
  const client = apollo();
  const password = `canary-${randomUUID()}`;
  const { data } = await client.mutate({ mutation: CREATE, variables: { input: newMailbox(password) } });
  deepEqual(data.mailboxCreate.userErrors, []);
  const { id } = data.mailboxCreate.operation;

  const states = await collected(client, gql`subscription Watch($id: ID!) { operation(id: $id) { id state mailbox { id status } } }`, { id });

  equal(states.at(-1).operation.state, "SUCCEEDED");
  equal(states.at(-1).operation.mailbox.status, "ACTIVE");
  equal(client.cache.readFragment({ id: `Operation:${id}`, fragment: gql`fragment S on Operation { state }` }).state, "SUCCEEDED");
  ok(!JSON.stringify(client.cache.extract()).includes(password));
});

test("what was not done is said in userErrors, what cannot be asked in errors with a code", async () => {
  const client = apollo();
  const { data } = await client.mutate({ mutation: CREATE, variables: { input: newMailbox("x", { account: "nobody" }) } });
  equal(data.mailboxCreate.mailbox, null);
  deepEqual(data.mailboxCreate.userErrors.map(({ field, code }) => ({ field, code })), [{ field: ["account"], code: "NOT_FOUND" }]);

  const refused = await client.mutate({ mutation: CREATE, variables: { input: newMailbox("") } }).catch((error) => error);
  ok(CombinedGraphQLErrors.is(refused), `${refused}`);
  equal(refused.errors[0].extensions.code, "BAD_USER_INPUT");
});

test("mailboxChanged tells of a change that somebody else makes", async () => {
  const [listener, writer] = [apollo(), apollo()];
  const { id } = (await writer.query({ query: PAGE, variables: { vendor: ["SENDKIT"] } })).data.mailboxes.edges[0].node;
  const CHANGED = gql`subscription Changed { mailboxChanged(filter: { vendor: SENDKIT }) { kind changedFields mailbox { id displayName } } }`;
  let told;
  const changes = listener.subscribe({ query: CHANGED }).subscribe(({ data }) => data?.mailboxChanged.mailbox?.id === id && (told = data.mailboxChanged));

  for (let times = 0; !told && times < 100; times++) {
    // Nothing says when a subscription has begun, so the change is made until it is told.
    const { data } = await writer.mutate({ mutation: RENAME, variables: { id, name: `Told to Apollo ${times}` } });
    deepEqual(data.mailboxUpdate.userErrors, []);
    await setTimeout(100);
  }

  changes.unsubscribe();
  equal(told?.kind, "CHANGED");
  match(told.mailbox.displayName, /^Told to Apollo/);
});

test("Apollo had nothing to warn of", () => deepEqual(said.flatMap(({ mock }) => mock.calls.map((call) => call.arguments)), []));

/** The first whole answer to a watched query, which stays watched until the process ends. */
const firstAnswer = (watched) =>
  new Promise((resolve, reject) =>
    watched.subscribe((result) => (result.error ? reject(result.error) : result.dataState === "complete" && resolve(result))),
  );

async function collected(client, query, variables) {
  const found = [];
  await new Promise((resolve, reject) =>
    client.subscribe({ query, variables }).subscribe({
      next: ({ data, error }) => (error ? reject(error) : found.push(data)),
      error: reject,
      complete: resolve,
    }),
  );
  return found;
}
