// Documents that codegen has typed, run by three clients against $GATEWAY_URL. Each @ts-expect-error is a mistake that tsc must find.
import { equal, ok } from "node:assert/strict";
import { test } from "node:test";
import { ApolloClient, HttpLink, InMemoryCache } from "@apollo/client";
import type { VariablesOf } from "@graphql-typed-document-node/core";
import { Client, fetchExchange } from "@urql/core";
import { request } from "graphql-request";
import { graphql, useFragment } from "./gql/index.ts";

const url = process.env["GATEWAY_URL"]!;

const ROW = graphql(`
  fragment Row on Mailbox {
    address
    createdAt
    details { __typename ... on SendkitDetails { provider } ... on OutreachDetails { sendMethod } }
  }
`);

const PAGE = graphql(`
  query TypedPage($first: Int!, $filter: MailboxFilter) {
    mailboxes(first: $first, filter: $filter) {
      nodes { id ...Row }
      sources { account { name } status }
    }
  }
`);

const CREATE = graphql(`
  mutation TypedCreate($input: MailboxCreateInput!) {
    mailboxCreate(input: $input) { mailbox { id } userErrors { code } }
  }
`);

test("graphql-request", async () => {
  const { mailboxes } = await request({ url, document: PAGE, variables: { first: 1, filter: { vendor: ["SENDKIT"] } } });
  const row = useFragment(ROW, mailboxes.nodes[0]!);
  // @ts-expect-error an address may be missing
  row.address.length;
  equal(row.details.__typename, "SendkitDetails");
  if (row.details.__typename === "SendkitDetails") ok("provider" in row.details);
});

test("urql", async () => {
  const { data } = await new Client({ url, exchanges: [fetchExchange] }).query(PAGE, { first: 1 });
  // @ts-expect-error the fragment's fields are the fragment's
  data?.mailboxes.nodes[0]?.address;
  ok(data && data.mailboxes.sources.every(({ status }) => status !== "UNAVAILABLE"));
});

test("Apollo Client", async () => {
  const client = new ApolloClient({ link: new HttpLink({ uri: url }), cache: new InMemoryCache() });
  const input = { account: "nobody", address: "typed@meridian.example", vendor: { sendkit: {} } };
  const { data } = await client.mutate({ mutation: CREATE, variables: { input } });
  equal(data?.mailboxCreate.userErrors[0]?.code, "NOT_FOUND");
});

test("variables that the schema does not take are found before they are sent", () => {
  // @ts-expect-error there is no such vendor
  const unknown: VariablesOf<typeof PAGE> = { first: 1, filter: { vendor: ["NOBODY"] } };
  const mailbox = { account: "sendkit", address: "typed@meridian.example" };
  const one: VariablesOf<typeof CREATE> = { input: { ...mailbox, vendor: { sendkit: {} } } };
  // @ts-expect-error `vendor` takes the fields of one vendor (@oneOf)
  const two: VariablesOf<typeof CREATE> = { input: { ...mailbox, vendor: { sendkit: {}, shipmail: {} } } };
  ok(unknown && one && two);
});
