// https://github.com/graphql/graphql-http: what it audits, against $GATEWAY_URL. A warning (SHOULD, MAY) counts as a failure.
import { equal } from "node:assert/strict";
import { test } from "node:test";
import { serverAudits } from "graphql-http";

for (const audit of serverAudits({ url: process.env.GATEWAY_URL }))
  test(`${audit.id} ${audit.name}`, async () => {
    const result = await audit.fn();
    equal(result.status, "ok", result.reason);
  });
