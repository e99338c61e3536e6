// What the schema at $SCHEMA breaks for clients of the one at $RELEASED, beside the breaks that the file $INTENDED declares.
import { deepEqual } from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { CriticalityLevel, diff } from "@graphql-inspector/core";
import { buildSchema } from "graphql";

const read = (path) => readFileSync(path, "utf8");

async function breaks(before, after) {
  const changes = await diff(buildSchema(before), buildSchema(after));
  return changes.filter(({ criticality }) => criticality.level === CriticalityLevel.Breaking);
}

/** What is not as it was declared, in words: nothing if the declarations are the breaks. */
async function complaints(before, after, intended) {
  const found = await breaks(before, after);
  const declared = new Set(intended.filter(({ why }) => why).map(({ path }) => path));
  return [
    ...found.filter(({ path }) => !declared.has(path)).map(({ path, message }) => `${path}: ${message}`),
    ...[...declared].filter((path) => !found.some((each) => each.path === path)).map((path) => `${path}: declared, but it breaks nothing`),
  ];
}

test("nothing breaks for clients of the last release but what is declared", async () => {
  const { RELEASED, SCHEMA, INTENDED } = process.env;
  deepEqual(await complaints(read(RELEASED), read(SCHEMA), JSON.parse(read(INTENDED))), []);
});

const BEFORE = `
  type Query { box(id: ID!): Box }
  type Box { id: ID! name: String @deprecated(reason: "Use address. Goes on 2027-01-01.") address: String! kind: Kind }
  enum Kind { A B }
`;

const after = (from, to) => BEFORE.replace(from, to);

test("what adds something breaks nothing", async () => {
  for (const added of [
    after("kind: Kind", "kind: Kind limit: Int"),
    after("id: ID!)", "id: ID!, fresh: Boolean)"),
    after("A B", "A B C"),
    after("address: String!", 'address: String! @deprecated(reason: "Use id. Goes on 2027-01-01.")'),
    `"""A box."""${BEFORE.trim()}`,
  ])
    deepEqual(await complaints(BEFORE, added, []), []);
});

test("what takes something away breaks clients, unless it is declared", async () => {
  for (const [changed, path] of [
    [after("kind: Kind", ""), "Box.kind"],
    [after(/name: .*?"\) /, ""), "Box.name"],
    [after("address: String!", "address: String"), "Box.address"],
    [after("A B", "A"), "Kind.B"],
    [after("id: ID!)", "id: ID!, key: String!)"), "Query.box.key"],
    [after("box(id: ID!)", "box"), "Query.box.id"],
  ]) {
    deepEqual((await complaints(BEFORE, changed, [])).map((each) => each.split(":")[0]), [path]);
    deepEqual(await complaints(BEFORE, changed, [{ path, why: "Nobody asks for it." }]), []);
    deepEqual((await complaints(BEFORE, changed, [{ path, why: "" }])).length, 1, "a reason is asked for");
  }
});

test("a declaration without its break is told", async () => {
  deepEqual(await complaints(BEFORE, BEFORE, [{ path: "Box.kind", why: "It was to go." }]), ["Box.kind: declared, but it breaks nothing"]);
});
