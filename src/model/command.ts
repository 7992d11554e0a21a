// The commands that messages tell people to type. Messages, policies and documentation spell each of them in the same way (a test compares).
import { ANNOTATION, LABEL } from './vocabulary.ts';

/** The object that a command is about. */
interface About {
  readonly namespace: string;
  readonly name: string;
}

/**
 * The field manager of what people write: not the operator's, which would hide theirs in managedFields, and not `kubectl`, whose edits Flux
 * reverts. The shell fills in $USER.
 */
export const PERSON = 'oncall-$USER';

/** Sets an annotation of an App, or takes it off. */
export const annotate = (app: About, annotation: string, value: string): string => note(app, `${annotation}=${value}`);
export const note = ({ namespace, name }: About, said: string, person: string = PERSON): string =>
  `kubectl annotate -n ${namespace} iapp/${name} --overwrite --field-manager=${person} ${said}`;

/** Sets fields of an App, by a JSON merge patch. */
export const patching = ({ namespace, name }: About, patch: string, person: string = PERSON): string =>
  `kubectl patch -n ${namespace} iapp/${name} --type=merge --field-manager=${person} -p ${patch}`;

/** Deletes an App and keeps everything that it made, Services included. */
export const orphaning = ({ namespace, name }: About): string => `kubectl delete -n ${namespace} iapp/${name} --cascade=orphan`;

/** Sets the size of an App. */
export const scaling = ({ namespace, name }: About, replicas: number): string =>
  `kubectl scale -n ${namespace} iapp/${name} --replicas=${String(replicas)}`;

/** Makes the operator forget that a version failed, was rejected or held, and replaces its running instance. */
export const renewing = (app: About, id: string): string => annotate(app, ANNOTATION.renew, `"${id}@$(date +%s)"`);

/** Reads the logs of an instance's pods; `previous`: of their containers before the last restart. */
export const logs = ({ namespace }: Pick<About, 'namespace'>, instance: string, previous: boolean): string =>
  `kubectl logs -n ${namespace} -l ${LABEL.instance}=${instance} --all-containers --tail=-1${previous ? ' --previous' : ''}`;

/** Sends traffic to a version, and keeps it there. */
export const pointing = (app: About, id: string): string => patching(app, `'{"spec":{"activeVersion":"${id}"}}'`);

/** Shows everything that is reported of an App. */
export const describing = ({ namespace, name }: About): string => `kubectl describe -n ${namespace} iapp/${name}`;

/** Approves a version, as whoever is logged in. */
export const approving = ({ namespace, name }: About, id: string): string => `kubectl iapp approve -n ${namespace} ${name} ${id}`;
