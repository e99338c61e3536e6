import type { TypedDocumentString } from "./gql/graphql.ts";

const url = process.env["GATEWAY_URL"] ?? "http://127.0.0.1:8000/graphql";
const key = process.env["GATEWAY_KEY"]; // a gateway on the same machine may do without
const TIMEOUT_MS = 5_000;

type Answer<Data> = { data?: Data | null; errors?: { message: string; extensions?: { code?: string } }[] };

/** The gateway's own words on why it gave no answer. */
export class GatewayError extends Error {
  readonly code: string;

  constructor(message: string, code = "INTERNAL") {
    super(message);
    this.code = code;
  }
}

/** Runs one operation. Throws `GatewayError`, or what `fetch` throws when the gateway cannot be reached in time. */
export async function ask<Data, Variables>(document: TypedDocumentString<Data, Variables>, variables: Variables): Promise<Data> {
  const response = await fetch(url, {
    method: "POST",
    headers: {
      accept: "application/graphql-response+json, application/json",
      "content-type": "application/json",
      "x-request-timeout-ms": `${TIMEOUT_MS}`, // what is not there by then says so
      ...(key && { authorization: `Bearer ${key}` }),
    },
    body: JSON.stringify({ query: document, variables }),
    signal: AbortSignal.timeout(TIMEOUT_MS + 1_000),
  });
  const { data, errors } = (await response.json()) as Answer<Data>;
  if (errors?.[0]) throw new GatewayError(errors[0].message, errors[0].extensions?.code);
  if (!data) throw new GatewayError(`The gateway answered ${response.status} without data.`);
  return data;
}

/** A write that was lost on the way is sent once more: its idempotency key lets it happen once. */
export const write: typeof ask = (document, variables) =>
  ask(document, variables).catch((error: unknown) => {
    if (error instanceof GatewayError) throw error;
    return ask(document, variables);
  });
