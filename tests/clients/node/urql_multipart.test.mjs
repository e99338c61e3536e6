// urql and multipart/mixed, against $GATEWAY_URL: it takes JSON, events and parts alike, and names no spec.
import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import { Client, fetchExchange, gql } from "@urql/core";
import { url } from "./gateway.mjs";

const QUERY = gql`{ accounts { id name ... @defer { mailboxes(first: 2) { nodes { id ... @defer { owner { name } } } } } } }`;

test("deferred parts, nested ones too", async () => {
  const types = [];
  const fetched = async (...request) => {
    const response = await fetch(...request);
    types.push(response.headers.get("content-type"));
    return response;
  };
  const client = new Client({ url, exchanges: [fetchExchange], preferGetMethod: false, fetch: fetched });
  const results = [];
  await new Promise((done) =>
    client.query(QUERY, {}).subscribe((result) => {
      results.push(structuredClone({ data: result.data, error: result.error?.message }));
      if (!result.hasNext) done();
    }),
  );
  deepEqual(types, ['multipart/mixed; boundary="-"']);
  ok(results.every(({ error }) => error === undefined));
  ok(results[0].data.accounts.every(({ name, mailboxes }) => name && mailboxes === undefined));
  const { accounts } = results.at(-1).data;
  equal(accounts.length, 5);
  ok(accounts.every(({ mailboxes }) => mailboxes.nodes.length === 2 && mailboxes.nodes.every((node) => "owner" in node)));
});
