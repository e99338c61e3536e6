// The gateway at $GATEWAY_URL behind Apollo's router for Node.js, composed with another team's subgraph. $EVERYTHING and $SENDKIT are keys:
// for all accounts, and for one of them.
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { ApolloGateway, IntrospectAndCompose, RemoteGraphQLDataSource } from "@apollo/gateway";
import { ApolloServer } from "@apollo/server";
import { startStandaloneServer } from "@apollo/server/standalone";
import { servePeople } from "./people.mjs";

const { GATEWAY_URL, EVERYTHING, SENDKIT } = process.env;
const PEOPLE = "query People($first: Int) { people(first: $first) { nodes { name mailbox { id address vendor account { name } } } } }";
const FOREIGN = Buffer.from(JSON.stringify([1, "Mailbox", "elsewhere", "1"])).toString("base64url");
const GARBAGE = "an id that nobody made";

let people, router, address, mailboxes;
let requests = [];

/** What the router asks the gateway, and what each of it cost there. */
class Gateway extends RemoteGraphQLDataSource {
  willSendRequest({ request, context }) {
    if (context.authorization) request.http.headers.set("authorization", context.authorization);
  }

  didReceiveResponse({ request, response }) {
    requests.push({ variables: request.variables, calls: response.extensions?.cost?.calls });
    return response;
  }
}

async function asked(url, key, query, variables) {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
    body: JSON.stringify({ query, variables }),
  });
  return response.json();
}

const ask = (query, variables, key = EVERYTHING) => asked(address, key, query, variables);

before(async () => {
  const fleet = "{ mailboxes(first: 500) { nodes { id address vendor account { name } } } }";
  mailboxes = (await asked(GATEWAY_URL, EVERYTHING, fleet)).data.mailboxes.nodes;
  people = await servePeople([
    ...mailboxes.map(({ id }, index) => ({ name: `person ${index}`, mailboxId: id })),
    { name: "foreign", mailboxId: FOREIGN },
    { name: "garbage", mailboxId: GARBAGE },
  ]);
  const gateway = new ApolloGateway({
    supergraphSdl: new IntrospectAndCompose({
      subgraphs: [
        { name: "mailboxes", url: GATEWAY_URL },
        { name: "people", url: people.url },
      ],
      introspectionHeaders: { authorization: `Bearer ${EVERYTHING}` },
    }),
    buildService: ({ name, url }) => (name === "mailboxes" ? new Gateway({ url }) : new RemoteGraphQLDataSource({ url })),
  });
  router = new ApolloServer({ gateway, includeStacktraceInErrorResponses: false, stopOnTerminationSignals: false });
  const context = async ({ req }) => ({ authorization: req.headers.authorization });
  address = (await startStandaloneServer(router, { listen: { port: 0, host: "127.0.0.1" }, context })).url;
});

beforeEach(() => {
  requests = [];
});

after(async () => {
  await router?.stop();
  await people?.server.stop();
});

test("a query over both subgraphs, from the other one into the gateway: one request and no vendor call for all", async () => {
  ok(mailboxes.length > 100);
  const { data, errors } = await ask(PEOPLE, { first: mailboxes.length });
  equal(errors, undefined);
  deepEqual(data.people.nodes.map((each) => each.mailbox), mailboxes);
  deepEqual(requests.map(({ variables, calls }) => [variables.representations.length, calls]), [[mailboxes.length, 0]]);
});

test("and from the gateway into the other one", async () => {
  const { data, errors } = await ask("{ mailboxes(first: 500) { nodes { address person { name } } pageInfo { hasNextPage } } }");
  equal(errors, undefined);
  deepEqual(data.mailboxes.nodes.map((each) => each.person.name), mailboxes.map((_, index) => `person ${index}`));
  equal(requests.length, 1);
});

test("what costs a call for each costs no more by way of the router", async () => {
  const query = "query ($first: Int) { people(first: $first) { nodes { mailbox { folders { name } } } } }";
  const hosted = mailboxes.filter(({ vendor }) => vendor === "SHIPMAIL").length;
  const { errors } = await ask(query, { first: mailboxes.length });
  equal(errors, undefined);
  deepEqual(requests.map(({ calls }) => calls), [hosted]);
});

test("a mailbox that does not exist is null, and one that is badly named an error with its code; the others are there", async () => {
  const { data, errors } = await ask(PEOPLE, {});
  const [foreign, garbage] = data.people.nodes.slice(-2);
  deepEqual(data.people.nodes.slice(0, -2).map((each) => each.mailbox), mailboxes);
  deepEqual([foreign.mailbox?.address ?? null, garbage.mailbox?.address ?? null], [null, null]);
  const own = errors.filter(({ extensions }) => extensions.serviceName === "mailboxes");
  deepEqual(own.map(({ extensions }) => extensions.code), ["BAD_USER_INPUT"]);
  match(own[0].message, /not made by this gateway/);
});

test("errors of fields keep their codes", async () => {
  const { errors } = await ask('{ mailbox(id: "garbage") { id } }');
  deepEqual(errors.map(({ path, extensions }) => [path, extensions.code, extensions.field]), [[["mailbox"], "BAD_USER_INPUT", ["id"]]]);
});

test("mutations go through", async () => {
  const mutation = "mutation ($id: ID!) { mailboxUpdate(id: $id, input: { displayName: \"Mira\" }) { mailbox { id person { name } } userErrors { code } } }";
  const { id } = mailboxes.find(({ vendor }) => vendor === "SENDKIT");
  const { data, errors } = await ask(mutation, { id });
  equal(errors, undefined);
  deepEqual(data.mailboxUpdate.userErrors, []);
  match(data.mailboxUpdate.mailbox.person.name, /^person /);
});

test("who asks is told to the gateway, which shows each what it may see", async () => {
  const { data } = await ask(PEOPLE, { first: mailboxes.length }, SENDKIT);
  deepEqual(
    data.people.nodes.map((each) => each.mailbox?.address ?? null),
    mailboxes.map(({ vendor, address }) => (vendor === "SENDKIT" ? address : null)),
  );
  const stranger = await ask(PEOPLE, { first: 3 }, "mgw_nobody");
  deepEqual(stranger.data.people.nodes.map((each) => each.mailbox?.address ?? null), [null, null, null]);
  ok(stranger.errors.some(({ extensions }) => extensions.code === "UNAUTHENTICATED"), JSON.stringify(stranger.errors));
});
