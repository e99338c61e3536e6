// A list that hangs on a node: Relay asks for its next page by the node's id.
import { graphql } from "relay-runtime";

graphql`
  query inboxQuery($filter: MailboxFilter!) {
    mailboxes(first: 1, filter: $filter) {
      nodes { id ...inbox_messages }
    }
  }
`;

graphql`
  fragment inbox_messages on Mailbox
  @argumentDefinitions(count: { type: "Int", defaultValue: 2 }, cursor: { type: "String" })
  @refetchable(queryName: "inboxPaginationQuery") {
    messages(first: $count, after: $cursor) @connection(key: "inbox_messages") {
      edges { node { id subject } }
    }
  }
`;
