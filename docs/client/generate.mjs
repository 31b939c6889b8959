// Types of the schema and typed documents of graphql/operations, written to src/generated.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { codegen } from "@graphql-codegen/core";
import * as typedDocuments from "@graphql-codegen/typed-document-node";
import * as typescript from "@graphql-codegen/typescript";
import * as operations from "@graphql-codegen/typescript-operations";
import { parse, print } from "graphql";

const folder = process.env.CROSSDOCK_GRAPHQL ?? "../../graphql";
const target = "src/generated/graphql.ts";

/** All documents as one: a fragment that several files have alike is kept once. */
function documents() {
  const path = join(folder, "operations");
  const seen = new Set();
  const definitions = readdirSync(path)
    .filter((name) => name.endsWith(".graphql"))
    .sort()
    .flatMap((name) => parse(readFileSync(join(path, name), "utf8")).definitions)
    .filter((each) => !seen.has(print(each)) && seen.add(print(each)));
  return [{ location: path, document: { kind: "Document", definitions } }];
}

const code = await codegen({
  filename: target,
  schema: parse(readFileSync(join(folder, "schema.graphql"), "utf8")),
  documents: documents(),
  config: {
    strictScalars: true,
    // Exact numbers travel as text; nothing here is a float.
    scalars: { Date: "string", DateTime: "string", Decimal: "string", JSON: "unknown", Time: "string", Upload: "Blob" },
    enumsAsTypes: true,
    useTypeImports: true,
    dedupeFragments: true,
    skipTypename: true,
    inlineFragmentTypes: "combine",
  },
  pluginMap: { typescript, operations, typedDocuments },
  plugins: [{ typescript: {} }, { operations: {} }, { typedDocuments: {} }],
});
mkdirSync("src/generated", { recursive: true });
writeFileSync(target, code);
