// Another team's subgraph: people, each with one of the gateway's mailboxes, of which it knows the id and nothing else.
import { ApolloServer } from "@apollo/server";
import { startStandaloneServer } from "@apollo/server/standalone";
import { buildSubgraphSchema } from "@apollo/subgraph";
import { parse } from "graphql";

export const PEOPLE = parse(`
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable"])

  type Query {
    people(first: Int): PersonConnection!
  }

  type Person @key(fields: "name") {
    name: String!
    mailbox: Mailbox
  }

  type Mailbox implements Node @key(fields: "id") {
    id: ID!
    person: Person
  }

  interface Node {
    id: ID!
  }

  type PersonConnection {
    nodes: [Person!]!
    pageInfo: PageInfo!
  }

  type PageInfo @shareable {
    hasNextPage: Boolean!
    hasPreviousPage: Boolean!
    startCursor: String
    endCursor: String
  }
`);

const PAGE = { hasNextPage: false, hasPreviousPage: false };

/** Serves these people, `{ name, mailboxId }` each, and gives back the server and its address. */
export async function servePeople(people) {
  const byMailbox = new Map(people.map((person) => [person.mailboxId, person]));
  const resolvers = {
    Query: { people: (_, { first }) => ({ nodes: people.slice(0, first ?? undefined), pageInfo: PAGE }) },
    Person: { mailbox: ({ mailboxId }) => ({ id: mailboxId }) },
    Mailbox: { person: ({ id }) => byMailbox.get(id) },
    Node: { __resolveType: () => "Mailbox" },
  };
  const server = new ApolloServer({ schema: buildSubgraphSchema([{ typeDefs: PEOPLE, resolvers }]), stopOnTerminationSignals: false });
  const { url } = await startStandaloneServer(server, { listen: { port: 0, host: "127.0.0.1" } });
  return { server, url };
}
