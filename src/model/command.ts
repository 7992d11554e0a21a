// The commands that messages tell people to type, each spelt in one way only: by every message of the operator, by the policies, in the
// documentation (a test compares). Writes nothing and decides nothing.
import { ANNOTATION, LABEL } from './vocabulary.ts';

/** The object that a command is about. */
interface About {
  readonly namespace: string;
  readonly name: string;
}

/**
 * As whom people write: never as the operator, whose name would hide theirs in managedFields, and never as `kubectl`, whose edits Flux takes
 * back. The shell fills it in.
 */
export const PERSON = 'oncall-$USER';

/** Sets an annotation of an App. */
export const annotate = ({ namespace, name }: About, annotation: string, value: string): string =>
  `kubectl annotate -n ${namespace} iapp/${name} --overwrite --field-manager=${PERSON} ${annotation}=${value}`;

/** Takes an App away and leaves all that it made, its Services among it, as it is. */
export const orphaning = ({ namespace, name }: About): string => `kubectl delete -n ${namespace} iapp/${name} --cascade=orphan`;

/** Sets the size of an App. */
export const scaling = ({ namespace, name }: About, replicas: number): string =>
  `kubectl scale -n ${namespace} iapp/${name} --replicas=${String(replicas)}`;

/** Wipes the slate of a version, and replaces what runs of it. */
export const renewing = (app: About, id: string): string => annotate(app, ANNOTATION.renew, `"${id}@$(date +%s)"`);

/** Reads what the pods of an instance said; `previous`: before their containers were started anew. */
export const logs = ({ namespace }: Pick<About, 'namespace'>, instance: string, previous: boolean): string =>
  `kubectl logs -n ${namespace} -l ${LABEL.instance}=${instance} --all-containers --tail=-1${previous ? ' --previous' : ''}`;
