import type { CodegenConfig } from "@graphql-codegen/cli";

const config: CodegenConfig = {
  schema: "../../schema.graphql", // or the address of a gateway that allows introspection
  documents: "src/*.ts",
  generates: {
    "src/gql/": {
      preset: "client",
      presetConfig: { fragmentMasking: false },
      config: {
        documentMode: "string", // documents are sent as they stand: nothing of GraphQL is needed at run time
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
