// Fills names of the candidate into a query: only these five variables, and never a character that could end a string in PromQL.

/** The variables of a query. */
export interface Names {
  readonly namespace: string;
  readonly app: string;
  /** Id of the version. */
  readonly version: string;
  readonly instance: string;
}

/** Kubernetes cuts the prefix of a generated pod name to this length, and adds five characters. */
const LONGEST_BASE = 58;

/** `$pods` is a regular expression for the names of the instance's pods. */
export function query(text: string, { namespace, app, version, instance }: Names): string {
  const pods = `${literal(`${instance}-`.slice(0, LONGEST_BASE)).replaceAll('.', '[.]')}[a-z0-9]*-?[a-z0-9]{5}`;
  const values: Readonly<Record<string, string>> = {
    namespace: literal(namespace),
    app: literal(app),
    version: literal(version),
    instance: literal(instance),
    pods,
  };
  return text.replaceAll(/\$(namespace|app|version|instance|pods)\b/g, (_all, name: string) => values[name] ?? '');
}

/** Names in Kubernetes consist of these characters; any other could have a meaning in PromQL. */
const literal = (name: string): string => name.replaceAll(/[^A-Za-z0-9._-]/g, '_');
