// kubectl iapp approve, waive: a person lets a version pass the gates that ask people, or one gate that it is not to be judged by.
import { readAnnotations } from '../../model/annotations.ts';
import { nearest } from '../../model/spelling.ts';
import { ANNOTATION, GROUP, REASON } from '../../model/vocabulary.ts';
import { appNamed, listed, title, versionNamed, versionsOf, type AppObject } from '../apps.ts';
import { A_VERSION, THE_APP } from '../arguments.ts';
import type { Command, Context, Right } from '../command.ts';
import { Complaint, EXIT } from '../exit.ts';
import { pathOf } from '../paths.ts';
import { DONE, WAIT } from '../progress.ts';
import { WRITE_APP } from '../rights.ts';
import { already, appAndVersion, write, WRITE_OPTIONS, WRITTEN } from '../writing.ts';

const APPROVE: Right = { group: GROUP, resource: 'immutableapps', verbs: ['approve'] };

type VersionStatus = ReturnType<typeof versionsOf>[number];

/** Its gates that wait for people. */
const asking = ({ gates = [] }: VersionStatus): NonNullable<VersionStatus['gates']> =>
  gates.filter(({ reason }) => reason === REASON.ApprovalMissing);

export const approve: Command = {
  name: 'approve',
  group: 'Move',
  summary: 'let a version pass the gates that ask people',
  about:
    'Adds your name to annotation immutableapp.io/approve. Without a version: the one that waits for people. The admission policies let you write no other name than your own, and ask for the verb `approve`.',
  arguments: [THE_APP, A_VERSION],
  options: WRITE_OPTIONS,
  examples: [
    { line: 'kubectl iapp approve web', about: 'The version that waits for it' },
    { line: 'kubectl iapp approve web 2.4.1 --reason "tested in staging"', about: 'This one' },
  ],
  rights: [...WRITE_APP, APPROVE],
  shape: WRITTEN,
  async run(context) {
    const [first, second] = context.args;
    const app = await appNamed(context, first);
    const version = second === undefined ? waiting(app) : versionNamed(app, second).version;
    const gates = [...(app.spec.promotion?.before ?? []), ...(app.spec.promotion?.after ?? [])];
    if (!gates.some(({ approval }) => approval))
      throw new Complaint(`${app.metadata.name} has no gate that asks people: nobody has to approve`);
    const user = await userIn(context);
    if (user.includes(','))
      throw new Complaint(`your user name "${user}" has a comma in it, which separates approvals: approve as another user`);
    const { approvals, unreadable } = readAnnotations(app.metadata.annotations ?? {});
    const mine = approvals.some((each) => each.version === version.id && each.by === user);
    const { name, namespace } = app.metadata;
    if (mine) return already(context, app, `You have approved ${title(version)} of ${name} already.`);
    const broken = unreadable.find((each) => each.includes(ANNOTATION.approve));
    if (broken !== undefined) throw new Complaint(broken);
    const approving = (now: AppObject): string => added(now, `${version.id} by ${user}`);
    return write(context, {
      app,
      what: `${name} (${namespace}): ${title(version)} is approved by ${user}`,
      field: ['metadata', 'annotations', ANNOTATION.approve],
      value: approving(app),
      anew: approving,
      movesTraffic: asking(version).length > 0,
      judge: () => (now) => {
        const open = versionsOf(now).find(({ id }) => id === version.id);
        const counted = open === undefined || asking(open).every(({ message = '' }) => message.includes(user));
        return counted ? DONE : WAIT;
      },
    });
  },
};

/** The approvals there are, and one more. */
function added({ metadata: { annotations = {} } }: AppObject, approval: string): string {
  const before = readAnnotations(annotations).approvals.map((each) => `${each.version} by ${each.by}`);
  return [...new Set([...before, approval])].join(', ');
}

/** The gates that are waived, and one more. */
function waiving({ metadata: { annotations = {} } }: AppObject, waiver: string): string {
  const before = readAnnotations(annotations).waivers.map((each) => `${each.version}/${each.gate}`);
  return [...new Set([...before, waiver])].join(',');
}

/** The one version that waits for people. */
function waiting(app: AppObject): VersionStatus {
  const all = versionsOf(app).filter((version) => asking(version).length > 0);
  const [only] = all;
  if (only !== undefined && all.length === 1) return only;
  const { name } = app.metadata;
  if (only === undefined)
    throw new Complaint(
      `no version of ${name} waits for people; to approve one before it does, name it: kubectl iapp approve ${name} VERSION`,
    );
  throw new Complaint(`which one? ${listed(all.map(title))} wait for people`, EXIT.usage);
}

/** As the API server calls who asks. */
async function userIn(context: Context): Promise<string> {
  const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
  const cluster = await context.cluster();
  const { status } = await cluster.post<{ status?: { userInfo?: { username?: string } } }>(pathOf('SelfSubjectReview'), review);
  const { username = '' } = status?.userInfo ?? {};
  if (username === '') throw new Complaint('the API server does not say who you are');
  return username;
}

export const waive: Command = {
  name: 'waive',
  group: 'Move',
  summary: 'let one version pass one gate that it is not to be judged by',
  about:
    'For a gate that is wrong today. Applies to this version and this gate only; your name stands in the gate\u2019s message. A version that has failed already is tried again with `renew`.',
  arguments: [THE_APP, A_VERSION, { name: 'gate', optional: true, about: 'name of the gate in spec.promotion' }],
  options: WRITE_OPTIONS,
  examples: [{ line: 'kubectl iapp waive web 2.4.1 smoke --reason "the test is broken, incident 42"', about: 'This once' }],
  rights: [...WRITE_APP, APPROVE],
  shape: WRITTEN,
  async run(context) {
    const gate = context.args.at(-1);
    const { app: named, version: typed } = appAndVersion(context.args.slice(0, -1));
    if (gate === undefined || typed === undefined)
      throw new Complaint('which version, and which gate? kubectl iapp waive APP VERSION GATE', EXIT.usage);
    const app = await appNamed(context, named);
    const { version } = versionNamed(app, typed);
    const { before, after } = app.spec.promotion ?? {};
    const names = [...(before ?? []), ...(after ?? [])].map(({ name }) => name);
    if (!names.includes(gate)) {
      const meant = nearest(gate, names);
      const there = names.length === 0 ? 'it has none' : `it has ${listed(names)}`;
      throw new Complaint(`${app.metadata.name} has no gate ${gate}: ${meant === undefined ? there : `did you mean ${meant}?`}`);
    }
    const { name, namespace } = app.metadata;
    const waive = (now: AppObject): string => waiving(now, `${version.id}/${gate}`);
    return write(context, {
      app,
      what: `${name} (${namespace}): ${title(version)} passes gate ${gate} without being judged by it`,
      field: ['metadata', 'annotations', ANNOTATION.waive],
      value: waive(app),
      anew: waive,
      movesTraffic: version.gates?.some((each) => each.name === gate && each.verdict === 'wait') === true,
      judge: () => (now) => {
        const judged = versionsOf(now)
          .find(({ id }) => id === version.id)
          ?.gates?.find((each) => each.name === gate);
        return judged === undefined || judged.verdict === 'pass' ? DONE : WAIT;
      },
    });
  },
};
