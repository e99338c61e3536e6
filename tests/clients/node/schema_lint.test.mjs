// The schema whose SDL lies at $SCHEMA, by the rules of @graphql-eslint and of Relay.
import { deepEqual } from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import graphql from "@graphql-eslint/eslint-plugin";
import { ESLint } from "eslint";

const RULES = {
  ...graphql.configs["flat/schema-recommended"].rules,
  ...graphql.configs["flat/schema-relay"].rules,
  "@graphql-eslint/relay-arguments": ["error", { includeBoth: false }], // what vendors page forwards only is paged forwards only
  // `nodes` stands beside `edges`, as at GitHub and Shopify: lists of things that have no place in a page are plain lists
  "@graphql-eslint/relay-edge-types": ["error", { withEdgeSuffix: true, shouldImplementNode: true, listTypeCanWrapOnlyEdgeType: false }],
  "@graphql-eslint/require-description": [
    "error",
    { types: true, rootField: true, DirectiveDefinition: true, EnumValueDefinition: true, FieldDefinition: true, InputValueDefinition: true },
  ],
  "@graphql-eslint/require-nullable-fields-with-oneof": "error",
  // Whatever has an identity implements `Node`, which has the id. All others are values: pages, counts, settings, what vendors say.
  "@graphql-eslint/strict-id-in-types": "off",
  // Nor "require-deprecation-date", which wants an argument that @deprecated does not have: tests/schema/test_deprecations.py.
};

async function lint(sdl) {
  const config = {
    files: ["**/*.graphql"],
    plugins: { "@graphql-eslint": graphql },
    languageOptions: { parser: graphql.parser, parserOptions: { graphQLConfig: { schema: sdl } } },
    rules: RULES,
  };
  const eslint = new ESLint({ overrideConfigFile: true, overrideConfig: config, allowInlineConfig: false });
  const [{ messages }] = await eslint.lintText(sdl, { filePath: "schema.graphql" });
  return messages.map(({ line, ruleId, message }) => `${line}: ${ruleId?.split("/")[1] ?? "error"}: ${message}`);
}

const rulesOf = (found) => [...new Set(found.map((each) => each.split(": ")[1]))].sort();

test("the schema has nothing that a linter would change", async () => {
  deepEqual(await lint(readFileSync(process.env.SCHEMA, "utf8")), []);
});

test("the linter does look", async () => {
  const bad = `
    type Query { getThing: things things(first: Int): ThingConnection! }
    type things { Name: String @deprecated }
    type ThingConnection { edges: [ThingEdge!]! }
    type ThingEdge { node: things! }
    type Lonely { lonelyId: ID! }
    type PageInfo { hasNextPage: Boolean }
    enum Colour { red }
  `;
  deepEqual(rulesOf(await lint(bad)), [
    "naming-convention",
    "no-typename-prefix",
    "no-unreachable-types",
    "relay-arguments",
    "relay-connection-types",
    "relay-edge-types",
    "relay-page-info",
    "require-deprecation-reason",
    "require-description",
  ]);
});
