import type { CodegenConfig } from "@graphql-codegen/cli";

const config: CodegenConfig = {
  schema: "../../../../schema.graphql",
  documents: "*.test.ts",
  generates: {
    "gql/": {
      preset: "client",
      config: {
        enumType: "string-literal",
        importExtension: ".ts",
        useTypeImports: true,
        strictScalars: true,
        scalars: { Date: "string", DateTime: "string", EmailAddress: "string", JSON: "unknown", Secret: "string" },
      },
    },
  },
};

export default config;
