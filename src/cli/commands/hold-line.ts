// kubectl iapp hold-line: while it is held, no version gets traffic that does not have it already, in any App.
import { ANNOTATION } from '../../model/vocabulary.ts';
import type { Command } from '../command.ts';
import { Complaint, EXIT } from '../exit.ts';
import { LEASE, OPERATOR_NAMESPACE } from '../operator.ts';
import { pathOf } from '../paths.ts';
import { bool, object, text } from '../shapes.ts';
import { quoted } from '../text.ts';
import { DRY, DRY_RUN, managerOf, unlessOvertaken } from '../writing.ts';

interface Held {
  readonly metadata: { readonly resourceVersion: string; readonly annotations?: Readonly<Record<string, string>> };
}

const heldBy = ({ metadata }: Held): string => metadata.annotations?.[ANNOTATION.line] ?? '';
const overtaken = (found: string): string =>
  `nothing was written: somebody has ${found === '' ? 'released the line' : `held the line meanwhile (${found})`}; if you still want it, say it again`;

export const holdLine: Command = {
  name: 'hold-line',
  group: 'Look after',
  summary: 'no promotion begins in any App, until you release it',
  about:
    'Writes annotation immutableapp.io/hold on the operator\u2019s Lease. Versions come up and are judged, and get no traffic; each App that waits says why. Pins, rejections, failback and repairs go on.',
  arguments: [{ name: 'why', optional: true, about: 'what each App that waits says' }],
  options: [{ flags: '--release', about: 'promotions begin again' }, DRY_RUN, OPERATOR_NAMESPACE],
  examples: [
    { line: 'kubectl iapp hold-line "incident 42, ask Ada"', about: 'Stop all promotions' },
    { line: 'kubectl iapp hold-line --release', about: 'And go on' },
    { line: 'kubectl iapp hold-line', about: 'Is it held, and why?' },
  ],
  rights: [{ group: 'coordination.k8s.io', resource: 'leases', verbs: ['get', 'patch'], where: 'operator' }],
  shape: object({ held: bool, 'why?': text, 'command?': text, 'dryRun?': bool }),
  async run(context) {
    const { screen, options, args } = context;
    const [why] = args;
    const release = options.is('release');
    if (release && why !== undefined) throw new Complaint('say why, or --release, not both', EXIT.usage);
    if (why?.trim() === '') throw new Complaint('say why: each App that waits shows it', EXIT.usage);
    const cluster = await context.cluster();
    const namespace = options.text('operatorNamespace') ?? '';
    const path = pathOf('Lease', namespace, LEASE);
    const lease = await cluster.find<Held>(path);
    if (lease === undefined)
      throw new Complaint(`namespace ${namespace} has no Lease ${LEASE}: no operator has ever worked from there; see --operator-namespace`);
    const before = heldBy(lease);
    const tell = screen.format === 'text' ? screen.say : screen.note;
    const show = (held: string, written: { command?: string; dryRun?: boolean } = {}): void => {
      if (screen.format === 'text') return;
      const value = { held: held !== '', ...(held === '' ? {} : { why: held }), ...written };
      screen.show({ value, names: [`lease.coordination.k8s.io/${LEASE}`], lines: () => [] });
    };
    if (why === undefined && !release) {
      tell(before === '' ? 'The line is not held: promotions begin.' : `The line is held: ${before}`);
      show(before);
      return EXIT.done;
    }
    const manager = managerOf(context);
    const note = release ? `${ANNOTATION.line}-` : `${ANNOTATION.line}=${quoted(why ?? '')}`;
    const command = `kubectl annotate -n ${namespace} lease/${LEASE} --overwrite --field-manager=${quoted(manager)} ${note}`;
    const dryRun = options.is('dryRun');
    if (dryRun) tell(DRY.above);
    tell(release ? 'Promotions begin again.' : 'No promotion begins in any App.');
    if (before !== '' && !release) tell(`It was held already: ${before}`);
    tell(`$ ${command}`);
    await unlessOvertaken(lease, {
      read: () => cluster.get<Held>(path),
      send: (latest) => {
        const found = heldBy(latest);
        // The operator renews the Lease every few seconds. What another person wrote there is not for us to overwrite unseen.
        if (found !== before) throw new Complaint(overtaken(found));
        const metadata = { resourceVersion: latest.metadata.resourceVersion, annotations: { [ANNOTATION.line]: why ?? null } };
        return cluster.patch(path, { body: { metadata }, type: 'merge', manager, dryRun });
      },
    });
    tell(dryRun ? DRY.below : 'Written.');
    show(why ?? '', { command, dryRun });
    return EXIT.done;
  },
};
