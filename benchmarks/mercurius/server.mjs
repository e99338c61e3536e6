// fastify, mercurius with graphql-jit, and undici: `node server.mjs <accounts as JSON>` answers at /graphql and prints its address.

import Fastify from "fastify";
import mercurius from "mercurius";
import { Pool } from "undici";
import { vendors } from "./vendors.mjs";

const schema = `
  type Channel { state: String! }
  type Health { sending: Channel! receiving: Channel! }
  type Server { host: String port: Int }
  type Sending { dailyLimit: Int weeklyLimit: Int sentToday: Int remainingToday: Int }
  type Warmup { state: String! health: Float }
  type Mailbox {
    id: ID! vendor: String! vendorId: String! address: String displayName: String provider: String! status: String!
    health: Health! smtp: Server imap: Server sending: Sending! warmup: Warmup tags: [String!] campaignCount: Int
    createdAt: String updatedAt: String
  }
  type Account { name: String! }
  type Source { account: Account! status: String! mailboxCount: Int asOf: String problem: String }
  type Mailboxes { nodes: [Mailbox!]! sources: [Source!]! }
  enum OrderField { ADDRESS }
  input MailboxOrder { field: OrderField! }
  input MailboxFilter { address: String }
  type Query { mailboxes(first: Int!, orderBy: MailboxOrder!, filter: MailboxFilter): Mailboxes! }
`;

const accounts = JSON.parse(process.argv[2]).map((account) => {
  const { origin, pathname } = new URL(account.base_url);
  return { ...account, pool: new Pool(origin), root: pathname === "/" ? "" : pathname, vendor: vendors[account.vendor] };
});

async function read({ name, vendor, pool, root, values }) {
  const headers = vendor.headers(values);
  const ask = async (target) => {
    const { statusCode, body } = await pool.request({ method: "GET", path: root + target, headers });
    if (statusCode !== 200) throw new Error(`${name} answered ${statusCode}`);
    return body.json();
  };
  const nodes = [];
  for await (const page of vendor.pages(ask, values)) for (const it of page) nodes.push(vendor.row(it, name));
  return { nodes, source: { account: { name }, status: "FRESH", mailboxCount: nodes.length, asOf: new Date().toISOString(), problem: null } };
}

function before(one, other) {
  if (one.address === null || other.address === null) return (one.address === null) - (other.address === null);
  const [mine, theirs] = [one.address.toLowerCase(), other.address.toLowerCase()];
  if (mine !== theirs) return mine < theirs ? -1 : 1;
  if (one.vendor !== other.vendor) return one.vendor < other.vendor ? -1 : 1;
  return one.vendorId < other.vendorId ? -1 : 1;
}

const resolvers = {
  Query: {
    mailboxes: async (_, { first }) => {
      const answers = await Promise.all(accounts.map(read));
      const nodes = answers.flatMap((answer) => answer.nodes).sort(before).slice(0, first);
      return { nodes, sources: answers.map((answer) => answer.source) };
    },
  },
};

const app = Fastify();
app.register(mercurius, { schema, resolvers, jit: 1 });
app.get("/healthz", async () => "");
console.log(await app.listen({ host: "127.0.0.1", port: 0 }));
