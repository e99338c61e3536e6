// What the tests of clients have in common: where the gateway is, and a plain request to make something happen there.
export const url = process.env.GATEWAY_URL;
export const socketUrl = url.replace(/^http/, "ws");
export const key = process.env.GATEWAY_KEY;

export async function ask(query, variables = {}) {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...(key && { authorization: `Bearer ${key}` }) },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = await response.json();
  if (errors) throw new Error(JSON.stringify(errors));
  return data;
}

export const CHANGED = "subscription { mailboxChanged { kind mailboxId changedFields mailbox { sending { dailyLimit } } } }";

const SOME_MAILBOX = "{ accounts { vendor { vendor } mailboxes(first: 1) { nodes { id sending { dailyLimit } } } } }";
const UPDATE = `mutation ($id: ID!, $limit: Int!) {
  mailboxUpdate(id: $id, input: { dailyLimit: $limit }) { mailbox { id } userErrors { message } }
}`;

// Changes the daily limit of one mailbox, again and again until `heard` resolves: nothing tells that a subscription has begun.
export async function change(heard) {
  const { accounts } = await ask(SOME_MAILBOX);
  const [mailbox] = accounts.find(({ vendor }) => vendor.vendor === "SENDKIT").mailboxes.nodes;
  let isHeard = false;
  heard.finally(() => (isHeard = true));
  for (let more = 1; !isHeard; more++) {
    await ask(UPDATE, { id: mailbox.id, limit: mailbox.sending.dailyLimit + (more % 2) });
    await new Promise((done) => setTimeout(done, 100));
  }
  return mailbox.id;
}
