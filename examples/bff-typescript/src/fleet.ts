import { graphql } from "./gql/index.ts";
import type { MailboxStatus } from "./gql/graphql.ts";
import { ask, write } from "./gateway.ts";

const FLEET = graphql(`
  query Fleet($after: String, $status: [MailboxStatus!]) {
    mailboxes(first: 50, after: $after, filter: { status: $status }, orderBy: { field: ADDRESS }) {
      totalCount
      nodes { id address vendor status stale observedAt health { sending { state message } receiving { state message } } }
      pageInfo { hasNextPage endCursor }
      sources { account { name } status message asOf retryAt }
    }
  }
`);

const TEST = graphql(`
  mutation Test($id: ID!, $idempotencyKey: String!) {
    mailboxBulkTest(input: { ids: [$id], idempotencyKey: $idempotencyKey }) {
      operation { id state }
      userErrors { code message }
    }
  }
`);

const OUTCOME = graphql(`
  query Outcome($id: ID!) {
    operation(id: $id) { id state message results { mailbox { id address status } userErrors { code message } } }
  }
`);

/** One page of the fleet, and which accounts it does not show as they are now. No `status`: any. */
export async function fleet(status: MailboxStatus[], after: string | null) {
  const { mailboxes } = await ask(FLEET, { after, status: status.length ? status : null });
  return {
    total: mailboxes.totalCount, // null: some account was never read
    mailboxes: mailboxes.nodes,
    next: mailboxes.pageInfo.hasNextPage ? mailboxes.pageInfo.endCursor : null,
    notFresh: mailboxes.sources.filter((source) => source.status !== "FRESH"),
  };
}

/** Begins to test whether a mailbox sends and receives; `outcome` tells how it went. */
export const test = async (id: string, idempotencyKey: string) => (await write(TEST, { id, idempotencyKey })).mailboxBulkTest;

export const outcome = async (id: string) => (await ask(OUTCOME, { id })).operation;
