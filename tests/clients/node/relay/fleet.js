// What a component tree of Relay's asks for. Only relay-compiler reads this; the test runs what it makes of it.
import { graphql } from "relay-runtime";

graphql`
  query fleetQuery($filter: MailboxFilter!) {
    ...fleet_list @arguments(filter: $filter)
  }
`;

graphql`
  fragment fleet_list on Query
  @argumentDefinitions(count: { type: "Int", defaultValue: 10 }, cursor: { type: "String" }, filter: { type: "MailboxFilter!" })
  @refetchable(queryName: "fleetPaginationQuery") {
    mailboxes(first: $count, after: $cursor, filter: $filter, orderBy: { field: ADDRESS }) @connection(key: "fleet_mailboxes") {
      totalCount
      sources { account { name } status problem }
      edges { node { id ...fleet_mailbox } }
    }
  }
`;

graphql`
  fragment fleet_mailbox on Mailbox @refetchable(queryName: "fleetMailboxRefetchQuery") {
    address
    displayName
    details { ... on SendkitDetails { vendorId provider } }
  }
`;

graphql`
  mutation fleetCreateMutation($input: MailboxCreateInput!, $connections: [ID!]!) {
    mailboxCreate(input: $input) {
      mailbox @prependNode(connections: $connections, edgeTypeName: "MailboxEdge") { id ...fleet_mailbox }
      operation { id state }
      userErrors { field code message }
    }
  }
`;

graphql`
  mutation fleetDeleteMutation($id: ID!, $connections: [ID!]!) {
    mailboxDelete(id: $id) {
      deletedId @deleteEdge(connections: $connections)
      userErrors { code message }
    }
  }
`;

graphql`
  subscription fleetOperationSubscription($id: ID!) {
    operation(id: $id) { id state mailbox { ...fleet_mailbox } }
  }
`;
