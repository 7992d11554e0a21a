// The schema of an ImmutableApp as the plugin carries it: what the API server judges by, without the explanations. Decides nothing.
import { parse } from 'yaml';

export function schemaModule(crd: string): string {
  const { versions } = (parse(crd) as { spec: { versions: { schema: { openAPIV3Schema: { properties: { status?: unknown } } } }[] } }).spec;
  const schema = versions[0]!.schema.openAPIV3Schema;
  delete schema.properties.status;
  const literal = JSON.stringify(bare(schema)).replaceAll('\\', '\\\\').replaceAll("'", "\\'");
  return `// Generated from crds/immutableapp.yaml by npm run generate: its schema as JSON, without descriptions and status.\n\nexport const SCHEMA =\n  '${literal}';\n`;
}

/** A description is a text; a field that is called description has a schema. */
function bare(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(bare);
  if (typeof schema !== 'object' || schema === null) return schema;
  const members = Object.entries(schema).filter(([key, member]) => key !== 'description' || typeof member !== 'string');
  return Object.fromEntries(members.map(([key, member]) => [key, bare(member)]));
}
