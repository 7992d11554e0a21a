// How simulated nodes and pods behave, as kwok Stage documents (after the ones in kwok's kustomize/stage, Apache-2.0). A pod's
// annotations choose its fate, so that a test describes a slow or broken version in the pod template and nowhere else:
//
//   test.immutableapp.io/ready-after: "2s"   ready this long after its last change
//   test.immutableapp.io/ready: "never"      runs, is never ready
//   test.immutableapp.io/ready: "crash"      CrashLoopBackOff, three restarts, exit code 1 with a message
//   test.immutableapp.io/ready: "no-image"   ImagePullBackOff
//   test.immutableapp.io/unready: "true"     not ready from the moment it is set until it is removed
//   test.immutableapp.io/image-id: "…"      what the node says that its containers run
//   test.immutableapp.io/exit-code: "1"      a Job's pod fails with this code (0: succeeds, none: it runs on)
//
// For every state of a pod at most one stage matches: kwok would draw lots between two.
import { stringify } from 'yaml';

export const PREFIX = 'test.immutableapp.io';

/** What the terminated container of a crashing pod said last. */
export const CRASH_MESSAGE = 'configuration refused: simulated crash';

const annotation = (name: string): string => `.metadata.annotations["${PREFIX}/${name}"]`;
const FATE = annotation('ready');
const HELD = annotation('unready');
const EXIT_CODE = annotation('exit-code');
const READY = '([.status.conditions[]? | select(.type == "Ready") | .status] == ["True"])';
const WAITING = '([.status.containerStatuses[]?.state.waiting.reason] | first)';
const OF_JOB = '([.metadata.ownerReferences[]?.kind] | any(. == "Job"))';
const ORDINARY = `((${FATE} // "" | IN("never", "crash", "no-image")) | not)`;

interface Stage {
  readonly name: string;
  readonly kind: 'Node' | 'Pod';
  /** A jq condition on the object. */
  readonly when: string;
  readonly delay?: object;
  readonly next: object;
}

const document = ({ name, kind, when, delay, next }: Stage): string =>
  stringify({
    apiVersion: 'kwok.x-k8s.io/v1alpha1',
    kind: 'Stage',
    metadata: { name },
    spec: {
      resourceRef: { apiGroup: 'v1', kind },
      selector: { matchExpressions: [{ key: `${when} | tostring`, operator: 'In', values: ['true'] }] },
      ...(delay && { delay }),
      next,
    },
  });

const condition = (type: string, status: boolean, more = ''): string =>
  `- {type: ${type}, status: "${status ? 'True' : 'False'}", lastTransitionTime: {{ $now | Quote }}${more}}`;

// kwok draws a new address whenever it is asked for one, and a pod may have but one.
const PLACE = `
startTime: {{ or .status.startTime $now | Quote }}
{{ if not .status.podIP }}
{{ with NodeIPsWith .spec.nodeName }}
hostIP: {{ index . 0 | Quote }}
hostIPs: [{{ range . }}{ip: {{ . | Quote }}},{{ end }}]
{{ end }}
{{ with PodIPsWith .spec.nodeName ( or .spec.hostNetwork false ) ( or .metadata.uid "" ) ( or .metadata.name "" ) ( or .metadata.namespace "" ) }}
podIP: {{ index . 0 | Quote }}
podIPs: [{{ range . }}{ip: {{ . | Quote }}},{{ end }}]
{{ end }}
{{ end }}`;

const INIT_CONTAINERS = `
initContainerStatuses:
{{ range .spec.initContainers }}
- image: {{ .image | Quote }}
  name: {{ .name | Quote }}
  ready: true
  restartCount: 0
  {{ if eq .restartPolicy "Always" }}
  started: true
  state: {running: {startedAt: {{ $now | Quote }}}}
  {{ else }}
  state: {terminated: {exitCode: 0, reason: Completed, startedAt: {{ $now | Quote }}, finishedAt: {{ $now | Quote }}}}
  {{ end }}
{{ end }}`;

/** The status of a pod whose containers are all in one state. */
const podStatus = (phase: string, ready: boolean, container: string): string => `
{{ $now := Now }}
{{ $image := "" }}
{{ with .metadata.annotations }}{{ with index . "${PREFIX}/image-id" }}{{ $image = . }}{{ end }}{{ end }}
phase: ${phase}
conditions:
${condition('Initialized', true)}
${condition('Ready', ready, ready ? '' : ', reason: ContainersNotReady')}
${condition('ContainersReady', ready, ready ? '' : ', reason: ContainersNotReady')}
{{ range .spec.readinessGates }}
${condition('{{ .conditionType | Quote }}', true)}
{{ end }}
containerStatuses:
{{ range .spec.containers }}
- image: {{ .image | Quote }}
  imageID: {{ $image | Quote }}
  name: {{ .name | Quote }}
  ready: ${ready}
${container}
{{ end }}
${INIT_CONTAINERS}
${PLACE}`;

const running = `  restartCount: 0
  started: true
  state: {running: {startedAt: {{ $now | Quote }}}}`;
const crashed = `  restartCount: 3
  started: false
  state: {waiting: {reason: CrashLoopBackOff, message: "back-off 40s restarting failed container"}}
  lastState: {terminated: {exitCode: 1, reason: Error, message: "${CRASH_MESSAGE}", startedAt: {{ $now | Quote }}, finishedAt: {{ $now | Quote }}}}`;
const imageless = `  restartCount: 0
  started: false
  state: {waiting: {reason: ImagePullBackOff, message: {{ printf "Back-off pulling image %s" .image | Quote }}}}`;
const terminated = (code: string, reason: string): string => `  restartCount: 0
  started: false
  state: {terminated: {exitCode: ${code}, reason: ${reason}, startedAt: {{ $now | Quote }}, finishedAt: {{ $now | Quote }}}}`;

const SERVING = podStatus('Running', true, running);
const STARTED = podStatus('Running', false, running);

const NODE_STATUS = `
{{ $now := Now }}
phase: Running
conditions:
{{ range NodeConditions }}
- type: {{ .type | Quote }}
  status: {{ .status | Quote }}
  reason: {{ .reason | Quote }}
  message: {{ .message | Quote }}
  lastHeartbeatTime: {{ $now | Quote }}
  lastTransitionTime: {{ $now | Quote }}
{{ end }}
addresses:
- {type: InternalIP, address: {{ NodeIP | Quote }}}
- {type: Hostname, address: {{ NodeName | Quote }}}
allocatable: &size {cpu: "4000", memory: 16Ti, ephemeral-storage: 16Ti, pods: "4000"}
capacity: *size
nodeInfo: {architecture: amd64, operatingSystem: linux, kubeletVersion: v1.36.3, containerRuntimeVersion: kwok, kernelVersion: kwok,
  osImage: "", bootID: "", machineID: "", systemUUID: "", kubeProxyVersion: ""}`;

const LIVING = '.metadata.deletionTimestamp == null';
const PENDING = `${LIVING} and .status.phase == "Pending" and ${WAITING} == null`;
const RUNNING = `${LIVING} and .status.phase == "Running"`;
const UNFINISHED = `${LIVING} and (.status.phase == "Pending" or .status.phase == "Running")`;
const FREE = `${ORDINARY} and ${HELD} == null`;
const FINISHING = `${RUNNING} and ${READY} and ${OF_JOB} and ${FREE} and ${EXIT_CODE} != "none" and (${EXIT_CODE} // "0")`;
const exitCode = `{{ index $.metadata.annotations "${PREFIX}/exit-code" }}`;

/** Stages that only set the status: name, condition, status. */
const settled: readonly (readonly [name: string, when: string, status: string])[] = [
  ['pod-loses-readiness', `${RUNNING} and ${READY} and (${FATE} == "never" or (${ORDINARY} and ${HELD} != null))`, STARTED],
  ['pod-crashes', `${UNFINISHED} and ${FATE} == "crash" and ${WAITING} != "CrashLoopBackOff"`, podStatus('Running', false, crashed)],
  [
    'pod-has-no-image',
    `${UNFINISHED} and ${FATE} == "no-image" and ${WAITING} != "ImagePullBackOff"`,
    podStatus('Pending', false, imageless),
  ],
  ['pod-recovers', `${UNFINISHED} and ${ORDINARY} and ${WAITING} != null`, STARTED],
  ['pod-completes', `${FINISHING} == "0"`, podStatus('Succeeded', false, terminated('0', 'Completed'))],
  ['pod-fails', `${FINISHING} != "0"`, podStatus('Failed', false, terminated(exitCode, 'Error'))],
];

/** The Stage documents. `readyAfterMs`: for pods that carry no `ready-after` of their own. */
export function stageDocuments(readyAfterMs: number): string {
  const soon = `(${readyAfterMs} == 0 and ${annotation('ready-after')} == null)`;
  const stages: Stage[] = [
    { name: 'node-ready', kind: 'Node', when: `${READY} | not`, next: { statusTemplate: NODE_STATUS } },
    { name: 'pod-ready-at-once', kind: 'Pod', when: `${PENDING} and ${FREE} and ${soon}`, next: { statusTemplate: SERVING } },
    {
      name: 'pod-started',
      kind: 'Pod',
      when: `${PENDING} and (${FATE} == "never" or (${ORDINARY} and (${HELD} != null or (${soon} | not))))`,
      next: { statusTemplate: STARTED },
    },
    {
      name: 'pod-ready-later',
      kind: 'Pod',
      when: `${RUNNING} and (${READY} | not) and ${FREE} and ${WAITING} == null`,
      delay: { durationMilliseconds: readyAfterMs, durationFrom: { expressionFrom: annotation('ready-after') } },
      next: { statusTemplate: SERVING },
    },
    ...settled.map(([name, when, statusTemplate]) => ({ name, kind: 'Pod', when, next: { statusTemplate } }) as const),
    { name: 'pod-deleted', kind: 'Pod', when: '.metadata.deletionTimestamp != null', next: { delete: true } },
  ];
  return stages.map(document).join('---\n');
}
