// The way out: an App becomes a plain Deployment with its ConfigMaps again, and the steps that leave no gap. The Services keep their addresses.
// Pure; whoever leaves does it.
import { readContent } from '../../model/app.ts';
import type { Obj } from '../../model/json.ts';
import { int, list, obj, text, texts } from '../../model/json.ts';
import { PERSON } from '../../model/command.ts';
import { ANNOTATION, LABEL } from '../../model/vocabulary.ts';
import type { Json, JsonObject } from '../../model/version.ts';
import { canonical } from '../../model/version.ts';
import { bindConfig } from '../../workloads/references.ts';
import type { Manifest } from '../documents.ts';
import { nameOf, namespaceOf } from '../documents.ts';
import type { Note } from './note.ts';
import { changed, look, lost } from './note.ts';
import type { Step } from './steps.ts';
import { letGo, stepIn } from './steps.ts';
import { written } from './tidy.ts';

export interface Leaving {
  readonly objects: readonly Obj[];
  readonly notes: readonly Note[];
  readonly steps: readonly Step[];
}

/** Labels by which people find pods; what changes with a version must not be among them, as a selector never changes. */
const FINDING = ['app', 'app.kubernetes.io/name', 'app.kubernetes.io/instance', 'app.kubernetes.io/component', 'k8s-app', 'name'];

export function leave(app: Manifest): Leaving {
  const [name, namespace] = [nameOf(app), namespaceOf(app)];
  const spec = obj(app.spec);
  const { template, config } = readContent(canonical({ template: spec.template as Json, config: (spec.config ?? []) as Json }));
  const own = texts(obj(template.metadata).labels);
  const found = Object.fromEntries(Object.entries(own).filter(([key]) => FINDING.includes(key)));
  const labels = Object.keys(found).length > 0 ? found : { app: name };
  const where = namespace === '' ? {} : { namespace };
  const copyOf = (entry: string): string => `${name}-${entry}`;
  const maps = config.map(({ name: entry, data, binaryData }) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: copyOf(entry), ...where },
    ...(Object.keys(data).length > 0 ? { data } : {}),
    ...(Object.keys(binaryData).length > 0 ? { binaryData } : {}),
  }));
  const pods = {
    ...template,
    metadata: { ...obj(template.metadata), labels: { ...own, ...labels } },
    spec: bindConfig(obj(template.spec) as JsonObject, config, copyOf),
  };
  return {
    objects: [...maps, deploymentOf(app, labels, pods)],
    notes: notesOn(app, found, maps.length),
    steps: stepsOf(app, labels).map((step) => stepIn(step, namespace)),
  };
}

function deploymentOf(app: Manifest, labels: Obj, template: Obj): Obj {
  const { promotion, retention, replicas } = obj(app.spec);
  const { minReadySeconds, progressDeadlineSeconds, overlap } = obj(promotion);
  const { versions } = obj(retention);
  const [marks, notes] = [written(obj(app.metadata).labels), written(obj(app.metadata).annotations)];
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: nameOf(app),
      ...(namespaceOf(app) === '' ? {} : { namespace: namespaceOf(app) }),
      ...(Object.keys(marks).length > 0 ? { labels: marks } : {}),
      ...(Object.keys(notes).length > 0 ? { annotations: notes } : {}),
    },
    spec: {
      replicas: int(replicas, 1),
      ...(minReadySeconds === undefined ? {} : { minReadySeconds }),
      ...(progressDeadlineSeconds === undefined ? {} : { progressDeadlineSeconds }),
      ...(versions === undefined ? {} : { revisionHistoryLimit: versions }),
      ...(overlap === 'Never' ? { strategy: { type: 'Recreate' } } : {}),
      selector: { matchLabels: labels },
      template,
    },
  };
}

function notesOn(app: Manifest, found: Obj, maps: number): Note[] {
  const { disruption } = obj(app.spec);
  const { activeVersion, latestVersion } = obj(app.status);
  const name = nameOf(app);
  return [
    ...(Object.keys(found).length > 0 ? [] : [changed(`label app=${name}: a Deployment has to find its pods by one`)]),
    ...(maps > 0
      ? [changed(`spec.config became ConfigMaps of their own, called ${name}-<config>: a change of one restarts nothing any more`)]
      : []),
    ...(disruption === undefined || disruption === null ? [] : [lost('disruption: make a PodDisruptionBudget when the App is gone')]),
    ...(activeVersion === latestVersion
      ? []
      : [look(`what serves (${text(activeVersion)}) is not what spec says (${text(latestVersion)}): the Deployment runs what spec says`)]),
    look('ConfigMaps that were captured are read live again'),
    look('an autoscaler that targets the App has to target the Deployment'),
  ];
}

function stepsOf(app: Manifest, labels: Obj): Step[] {
  const name = nameOf(app);
  const services = list(obj(app.spec).services);
  const [made, adopted] = [services.filter(isMade), services.filter((service) => !isMade(service))];
  const begin = ['kubectl apply -f deployment.yaml', `kubectl rollout status deployment/${name} --timeout=15m`];
  const up = { does: 'The Deployment comes up beside the App. No Service of the App sends it anything yet.', commands: begin };
  const over =
    made.length > 0
      ? leaveMade(name, made, labels)
      : [{ does: 'Only now the App goes, with all that it made.', commands: [`kubectl delete iapp/${name}`] }];
  if (obj(obj(app.spec).promotion).overlap !== 'Never') return [up, ...release(name, adopted, made), ...over];
  const alone = `kubectl wait --for=delete pod -l ${LABEL.app}=${name} --timeout=15m`;
  const stop = { does: 'Here the downtime begins: nothing may run beside the Deployment.', commands: [alone] };
  return [...release(name, adopted, made), ...over, stop, { does: 'The Deployment comes up.', commands: begin }];
}

const isMade = ({ ports }: Obj): boolean => list(ports).length > 0;

function release(name: string, adopted: readonly Obj[], made: readonly Obj[]): Step[] {
  if (adopted.length === 0) return [];
  const names = adopted.map(({ name: service }) => text(service));
  const does =
    'The App lets go of the Services that it adopted: their own selectors find the pods of both. Where the manifest of one leaves selector out, write it back first.';
  return [{ does, commands: letGo(name, names, { made }) }];
}

/** With its App a Service of its own would go. The key on it is the operator's, so whoever takes it off has to break the glass. */
function leaveMade(name: string, made: readonly Obj[], labels: Obj): Step[] {
  const patch = JSON.stringify(handover(labels));
  return [
    {
      does: 'The App goes; its pods and the Services that it made stay as they are.',
      commands: [`kubectl delete iapp/${name} --cascade=orphan`],
    },
    {
      does: 'These Services go over to the Deployment, in one write each. With the policies in force it takes somebody who may break the glass (docs/recipes.md).',
      commands: made.map(
        ({ name: service }) => `kubectl patch service/${text(service)} --field-manager=${PERSON} --type=merge -p '${patch}' ${GLASS}`,
      ),
    },
    {
      does: 'Only now what the App left behind goes.',
      commands: leftOf(name),
    },
  ];
}

/** What is nobody's any more. With the records go their config and their facts, and with Deployments their budgets; these nobody else may delete. */
const leftOf = (name: string): string[] => {
  const of = `-l ${LABEL.app}=${name}`;
  const ownerless = '{{range .items}}{{if not .metadata.ownerReferences}}{{.metadata.name}} {{end}}{{end}}';
  return [
    `kubectl delete deployment ${of}`,
    `kubectl delete controllerrevision $(kubectl get controllerrevision ${of} -o go-template='${ownerless}')`,
  ];
};

const GLASS = '--as="${USER:-oncall}" --as-group=immutableapp:break-glass --as-group=system:masters';

const handover = (labels: Obj): Obj => ({
  metadata: { labels: { [LABEL.app]: null }, annotations: { [ANNOTATION.stamp]: null, [ANNOTATION.shape]: null } },
  spec: { selector: { [LABEL.instance]: null, ...labels } },
});
