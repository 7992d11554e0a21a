// npm run bench: many Apps on a real API server, measured from outside the operator.
import { mkdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { circumstances, command, entryOf, modeNamed, modesOf, tell, Usage, whole } from './command.ts';
import { AS_IN_A_POD, type Mode } from './operator.ts';
import { PHASE_NAMES, type PhaseName } from './phases.ts';
import { legend, ROWS, summarize, table } from './report.ts';
import { run, type RunResult } from './run.ts';

const HELP = `Measures the operator with many Apps on an embedded cluster, and compares with the budgets of ARCHITECTURE.md.

Usage: npm run bench -- [options]

  --apps N,N,…      numbers of Apps, each in a cluster of its own (default 10,100,1000)
  --replicas N      of each App (default 1)
  --bundle          run the operator from a bundle made for this run, as it ships (default)
  --source          run src/main.ts as it is
  --credentials C   pod or kubeconfig: what the operator finds (default: pod where the machine can, else kubeconfig)
  --phases P,P,…    only these besides create: ${PHASE_NAMES.slice(1).join(', ')}
  --idle SECONDS    how long idleness is watched (default 30)
  --json FILE       write everything as JSON, too
  --cpu-prof DIR    write a CPU profile of each measured operator there (slows it down; best with --source)
  --assert          exit with 1 if a number is missed
  --help

Phases:
${legend()}

Examples:
  npm run bench
  npm run bench -- --apps 100 --json numbers.json
  npm run bench -- --apps 1000 --phases update --source --cpu-prof /tmp/profile

Exit codes: 0 done, 1 failed or (with --assert) missed a number, 2 wrong usage, 130 interrupted.
`;

interface Wanted {
  readonly apps: readonly number[];
  readonly replicas: number;
  readonly source: boolean;
  readonly credentials: Mode | undefined;
  readonly phases: readonly PhaseName[];
  readonly idleSeconds: number;
  readonly json: string | undefined;
  readonly cpuProf: string | undefined;
  readonly assert: boolean;
}

function read(args: string[]): Wanted | undefined {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  const { values } = parseArgs({
    args,
    options: {
      apps: { ...text, default: '10,100,1000' },
      replicas: { ...text, default: '1' },
      idle: { ...text, default: '30' },
      phases: { ...text, default: PHASE_NAMES.join(',') },
      bundle: flag,
      source: flag,
      credentials: text,
      json: text,
      'cpu-prof': text,
      assert: flag,
      help: flag,
    },
  });
  if (values.help) return undefined;
  if (values.bundle && values.source) throw new Usage('--bundle or --source, not both');
  return {
    apps: values.apps.split(',').map((each) => whole('--apps', each, 1)),
    replicas: whole('--replicas', values.replicas, 1),
    source: values.source ?? false,
    credentials: modeNamed(values.credentials),
    phases: values.phases.split(',').map(phaseNamed),
    idleSeconds: whole('--idle', values.idle, 0),
    json: values.json,
    cpuProf: values['cpu-prof'] && resolve(values['cpu-prof']),
    assert: values.assert ?? false,
  };
}

function phaseNamed(text: string): PhaseName {
  const name = PHASE_NAMES.find((each) => each === text);
  if (name === undefined) throw new Usage(`--phases: there is no "${text}"; there are ${PHASE_NAMES.join(', ')}`);
  return name;
}

async function main(wanted: Wanted, signal: AbortSignal): Promise<number> {
  const entry = await entryOf(wanted.source);
  const modes = await modesOf(wanted.credentials);
  if (wanted.cpuProf !== undefined) mkdirSync(wanted.cpuProf, { recursive: true });
  const profiled = wanted.cpuProf === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${wanted.cpuProf}`];
  const nodeFlags = [...AS_IN_A_POD, ...profiled];
  const { replicas, phases, idleSeconds } = wanted;
  const runs: RunResult[] = [];
  try {
    for (const apps of wanted.apps) {
      const log = (line: string) => {
        tell(`${apps} Apps: ${line}`);
      };
      const result = await run({ apps, replicas, entry, modes, nodeFlags, phases, idleSeconds, log, signal });
      runs.push(result);
      process.stdout.write(`${table(result)}\n\n`);
    }
  } finally {
    if (wanted.json !== undefined && runs.length > 0)
      await writeFile(wanted.json, `${JSON.stringify(report(wanted, runs), undefined, 2)}\n`);
  }
  const { text, missed } = summarize(ROWS, runs);
  process.stdout.write(`${text}\n`);
  return wanted.assert && missed > 0 ? 1 : 0;
}

const report = ({ source }: Wanted, runs: readonly RunResult[]) => ({ ...circumstances(source), runs });

await command(HELP, read, main);
