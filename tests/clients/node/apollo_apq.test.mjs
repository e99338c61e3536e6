// Apollo Client's automatic persisted queries against $GATEWAY_URL: by POST, and by GET.
import { deepEqual, equal } from "node:assert/strict";
import { createHash, randomUUID } from "node:crypto";
import { test } from "node:test";
import { ApolloClient, HttpLink, InMemoryCache, gql } from "@apollo/client";
import { createPersistedQueryLink } from "@apollo/client/link/persisted-queries";

const url = process.env.GATEWAY_URL;
const sha256 = (text) => createHash("sha256").update(text).digest("hex");

/** A new client and, request by request, its method and whether it sent the document's text. */
function apollo(options) {
  const sent = [];
  const watched = (uri, init) => {
    const { searchParams } = new URL(uri);
    const asked = init.method === "GET" ? Object.fromEntries(searchParams) : JSON.parse(init.body);
    sent.push(`${init.method} ${asked.query ? "text" : "hash"}`);
    return fetch(uri, init);
  };
  const link = createPersistedQueryLink({ sha256, ...options }).concat(new HttpLink({ uri: url, fetch: watched }));
  return { client: new ApolloClient({ link, cache: new InMemoryCache() }), sent };
}

/** A document that nobody has sent before. */
const fresh = () => gql`query Q${randomUUID().replaceAll("-", "")}($first: Int) { mailboxes(first: $first) { nodes { id address } } }`;

for (const [method, options] of Object.entries({ POST: {}, GET: { useGETForHashedQueries: true } }))
  test(`a document is sent once and then named by its hash, by ${method}`, async () => {
    const query = fresh();
    const [first, second] = [apollo(options), apollo(options)];

    const taught = await first.client.query({ query, variables: { first: 1 } });
    const known = await second.client.query({ query, variables: { first: 2 } });

    deepEqual(first.sent, [`${method} hash`, "POST text"]);
    deepEqual(second.sent, [`${method} hash`]);
    equal(taught.data.mailboxes.nodes.length, 1);
    equal(known.data.mailboxes.nodes.length, 2);
  });

test("a text under another text's hash is refused, and not kept", async () => {
  const ask = async (body) => {
    const headers = { "content-type": "application/json" };
    const extensions = { persistedQuery: { version: 1, sha256Hash: sha256(hashed) } };
    const response = await fetch(url, { method: "POST", headers, body: JSON.stringify({ extensions, ...body }) });
    return await response.json();
  };
  const hashed = `{ vendors { title } } # ${randomUUID()}`;

  const refused = await ask({ query: "{ __typename }" });

  equal(refused.data, undefined);
  equal((await ask({})).errors[0].extensions.code, "PERSISTED_QUERY_NOT_FOUND");
});
