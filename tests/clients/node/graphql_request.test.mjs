// graphql-request against $GATEWAY_URL, a `gateway demo`.
import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { test } from "node:test";
import { ClientError, GraphQLClient, gql, request } from "graphql-request";

const url = process.env.GATEWAY_URL;
const PAGE = gql`
  query Page($first: Int!, $vendor: [Vendor!]) {
    mailboxes(first: $first, filter: { vendor: $vendor }) { totalCount nodes { id vendor } sources { account { name } problem } }
  }
`;

test("a query with variables, by POST and by GET", async () => {
  const variables = { first: 3, vendor: ["SHIPMAIL"] };
  const { mailboxes } = await request(url, PAGE, variables);
  deepEqual(mailboxes.nodes.map(({ vendor }) => vendor), ["SHIPMAIL", "SHIPMAIL", "SHIPMAIL"]);

  deepEqual(await new GraphQLClient(url, { method: "GET" }).request(PAGE, variables), { mailboxes });
});

test("extensions say what it cost", async () => {
  const { extensions, status } = await new GraphQLClient(url).rawRequest(PAGE, { first: 1 });
  equal(status, 200);
  ok(Number.isInteger(extensions.cost.calls));
});

test("what is refused is thrown with its code", async () => {
  const refusals = { "{ nothing }": "GRAPHQL_VALIDATION_FAILED", "{": "GRAPHQL_PARSE_FAILED", "{ mailboxes(first: -1) { totalCount } }": "BAD_USER_INPUT" };
  for (const [query, code] of Object.entries(refusals))
    await rejects(request(url, query), (error) => error instanceof ClientError && error.response.errors[0].extensions.code === code);
});

test("what there is comes with what failed, under the error policy `all`", async () => {
  const client = new GraphQLClient(url, { errorPolicy: "all" });
  const { data, errors } = await client.rawRequest("{ vendors { title } mailbox(id: \"no such id\") { address } }");
  equal(data.vendors.length, 5);
  equal(data.mailbox, null);
  equal(errors[0].extensions.code, "BAD_USER_INPUT");
});
