// What the API server warned of when it accepted Latest. With a Deployment kubectl prints it; an App has it in its status. It is not asked for again:
// after a restart the last status is repeated.
import { REASON } from '../../model/vocabulary.ts';
import type { Finding } from '../read/finding.ts';
import { finding } from '../read/finding.ts';
import type { Scene } from '../read/scene.ts';
import { title } from '../read/versions.ts';

const MOST = 5;
const MOST_CHARACTERS = 512;

export function advised({ app, seen, versions: { latest } }: Pick<Scene, 'app' | 'seen' | 'versions'>): Finding[] {
  const trial = latest.record === undefined ? undefined : seen.answers.dryRun.get(latest.fingerprint);
  if (trial === undefined || trial.is === 'refused') return told(app.status.latestVersion === latest.id ? app.status.warnings : []);
  const distinct = [...new Set(trial.warnings.map(plain))];
  const rest = distinct.length > MOST ? [`and ${String(distinct.length - MOST)} more warnings`] : [];
  return [...distinct.slice(0, MOST), ...rest].map((words) =>
    finding(REASON.AdmissionWarning, `the API server accepts ${title(latest)} and warns: ${words}`),
  );
}

/** As the last status has it. */
const told = (warnings: Scene['app']['status']['warnings'] = []): Finding[] =>
  warnings.flatMap(({ reason, message = '' }) => (reason === REASON.AdmissionWarning ? [finding(REASON.AdmissionWarning, message)] : []));

function plain(text: string): string {
  const words = text.replace(/\s+/g, ' ').trim();
  return words.length > MOST_CHARACTERS ? `${words.slice(0, MOST_CHARACTERS - 1)}…` : words;
}
