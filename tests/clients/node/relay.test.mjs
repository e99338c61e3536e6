// Relay against $GATEWAY_URL, a `gateway demo`: relay-compiler on schema.graphql, and what it made run by relay-runtime.
import { deepEqual, equal, notEqual, ok } from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, mock, test } from "node:test";
import { createClient } from "graphql-ws";
import relay from "relay-runtime";

const { commitMutation, ConnectionHandler, Environment, fetchQuery, Network, Observable, RecordSource, requestSubscription, Store } = relay;
const url = process.env.GATEWAY_URL;
const filter = { vendor: ["SENDKIT"] };
const sockets = createClient({ url: url.replace("http", "ws") });

const said = [mock.method(console, "warn"), mock.method(console, "error")];
const folder = compiled();
const load = createRequire(folder);
const artifact = (name) => load(`./artifacts/${name}.graphql.js`);

after(() => (sockets.dispose(), rmSync(folder, { recursive: true })));

function compiled() {
  const folder = join(mkdtempSync(join(tmpdir(), "relay-")), "/");
  const schema = join(import.meta.dirname, "../../../schema.graphql");
  cpSync(join(import.meta.dirname, "relay"), join(folder, "src"), { recursive: true });
  mkdirSync(join(folder, "artifacts"));
  const config = { src: "./src", schema, language: "javascript", artifactDirectory: "./artifacts", eagerEsModules: false };
  writeFileSync(join(folder, "relay.config.json"), JSON.stringify(config));
  execFileSync(join(import.meta.dirname, "node_modules/.bin/relay-compiler"), ["--noWatchman", "--output", "quiet-with-errors"], { cwd: folder });
  return folder;
}

async function ask({ text: query }, variables) {
  const headers = { "content-type": "application/json" };
  const response = await fetch(url, { method: "POST", headers, body: JSON.stringify({ query, variables }) });
  return await response.json();
}

const listen = ({ text: query, name: operationName }, variables) =>
  Observable.create((sink) => sockets.subscribe({ query, operationName, variables }, sink));

const environment = new Environment({ network: Network.create(ask, listen), store: new Store(new RecordSource()) });
const list = artifact("fleet_list");
const connection = ConnectionHandler.getConnectionID("client:root", "fleet_mailboxes", { filter, orderBy: { field: "ADDRESS" } });

const fetched = (query, variables) => fetchQuery(environment, query, variables).toPromise();
const read = (fragment, reference) => environment.lookup(relay.getSelector(fragment, reference)).data;
const page = async () => read(list, await fetched(artifact("fleetQuery"), { filter }));
const mailboxOf = ({ node }) => read(artifact("fleet_mailbox"), node);

/** Appends page after page to a connection, up to ten, as `usePaginationFragment` does. */
async function readOn(fragment, shown, count, variables) {
  const { paginationRequest, paginationMetadata } = relay.getPaginationMetadata(fragment, "test");
  for (let pages = 1; shown().pageInfo.hasNextPage && pages < 10; pages++) {
    const { endCursor } = shown().pageInfo;
    await fetched(paginationRequest, relay.getPaginationVariables("forward", count, endCursor, variables, {}, paginationMetadata));
  }
}

const mutated = (name, variables) =>
  new Promise((resolve, reject) =>
    commitMutation(environment, { mutation: artifact(name), variables, onCompleted: (data) => resolve(data), onError: reject }),
  );

test("the next pages are appended to the connection until there is no more", async () => {
  const reference = await fetched(artifact("fleetQuery"), { filter });
  const shown = () => read(list, reference).mailboxes;
  equal(shown().edges.length, 10);
  ok(shown().sources.every(({ problem }) => problem === null));

  await readOn(list, shown, 5, { filter });

  const { edges, totalCount } = shown();
  ok(totalCount > 15);
  equal(new Set(edges.map(({ node }) => node.id)).size, totalCount);
  const addresses = edges.map((edge) => mailboxOf(edge).address);
  deepEqual(addresses, addresses.toSorted());
});

test("the next pages of a mailbox's messages are asked for by the mailbox's id", async () => {
  const { mailboxes } = await fetched(artifact("inboxQuery"), { filter: { vendor: ["SHIPMAIL"] } });
  const [mailbox] = mailboxes.nodes;
  const messages = artifact("inbox_messages");
  const shown = () => read(messages, mailbox).messages;
  equal(shown().edges.length, 2);

  await readOn(messages, shown, 2, { id: mailbox.id });

  ok(shown().edges.length > 4);
  ok(shown().edges.every(({ node }) => node.id));
});

test("a fragment is fetched anew by its node's id", async () => {
  const [edge] = (await page()).mailboxes.edges;
  const known = mailboxOf(edge);
  const anew = new Environment({ network: Network.create(ask), store: new Store(new RecordSource()) });
  const { refetchableRequest } = relay.getRefetchMetadata(artifact("fleet_mailbox"), "test");

  const { node } = await fetchQuery(anew, refetchableRequest, { id: edge.node.id }).toPromise();

  deepEqual(anew.lookup(relay.getSelector(artifact("fleet_mailbox"), node)).data, known);
});

test("an edge comes and goes with its mailbox, and a subscription follows it", async () => {
  const reference = await fetched(artifact("fleetQuery"), { filter });
  const shown = () => read(list, reference).mailboxes.edges.map(({ node }) => node.id);
  const before = shown();
  const input = { account: "sendkit", address: `relay-${randomUUID()}@meridian.example`, smtp: { host: "smtp.meridian.example", port: 465, password: "p" } };

  const { mailboxCreate } = await mutated("fleetCreateMutation", { input, connections: [connection] });
  deepEqual(mailboxCreate.userErrors, []);
  const { id } = mailboxCreate.mailbox;
  deepEqual(shown(), [id, ...before]);

  const { operation } = await new Promise((resolve, reject) =>
    requestSubscription(environment, {
      subscription: artifact("fleetOperationSubscription"),
      variables: { id: mailboxCreate.operation.id },
      onNext: resolve,
      onError: reject,
    }),
  );
  equal(operation.id, mailboxCreate.operation.id);

  const { mailboxDelete } = await mutated("fleetDeleteMutation", { id, connections: [connection] });
  deepEqual(mailboxDelete, { deletedId: id, userErrors: [] });
  deepEqual(shown(), before);
});

test("a refusal is thrown with what the gateway said", async () => {
  const { refetchableRequest } = relay.getRefetchMetadata(artifact("fleet_mailbox"), "test");
  const error = await fetched(refetchableRequest, { id: null }).catch((thrown) => thrown);
  ok(error instanceof Error);
  notEqual(error.source.errors[0].extensions.code, undefined);
});
test("Relay had nothing to warn of", () => deepEqual(said.flatMap(({ mock }) => mock.calls.map((call) => call.arguments)), []));
