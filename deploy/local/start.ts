// npm start: the whole of it in one command. Brings a cluster up, runs the operator on it, tells the story, stays. Decides what is
// asked, what is shown when the story fails, and with which exit code it ends.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { parseArgs } from 'node:util';
import { list, text, type Obj } from '../../src/model/json.ts';
import { APP, StoryFailed, patchOf, tellStory, typed } from './story.ts';
import { openPage } from './story-page.ts';
import { bringing, embeddedScene, foreignScene, forget, succeed, visit, type Entering, type Scene } from './story-scene.ts';
import { View } from './story-view.ts';
import { newVoice } from './story-voice.ts';

const HELP = `Shows what ImmutableApp does, live: a config update, another component, a rollback, an out-of-band change, and gates that fail.

Usage: npm start -- [options]

  --once            end after the demo instead of staying up
  --context NAME    run on your own cluster, with this context of your kubeconfig: in a namespace of its own, after
                    confirmation; everything is removed at the end
  --yes             do not ask for confirmation
  --help            this text

Without --context everything runs on this machine: a real Kubernetes API server with its controllers, and simulated
nodes and pods. The first run downloads or builds them, which takes minutes; from then on they start in seconds.

Examples:
  npm start
  npm start -- --once
  npm start -- --context kind-test

Exit codes: 0 every step was observed, 1 one was not, 2 wrong usage or not confirmed, 130 interrupted.
`;

const [FAILED, USAGE, INTERRUPTED] = [1, 2, 130];
const TITLE = 'ImmutableApp: a config update, another component, a rollback, an out-of-band change, gates that fail\n';
const PAST = 'Ended; nothing is left.';
const voice = newVoice();
const complain = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

class Declined extends Error {}

/** Aborted by the first Ctrl-C; cleaning up is not to be interrupted by the next. */
const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    interruption.abort(new Error('Interrupted.'));
  });
}

async function enter(context: string | undefined, yes: boolean): Promise<Scene> {
  const began = performance.now();
  const entering: Entering = {
    tell: (line) => {
      voice.scene((performance.now() - began) / 1000, line);
    },
    log: voice.log,
    signal: interruption.signal,
  };
  if (context === undefined) {
    voice.line(TITLE);
    return embeddedScene(entering);
  }
  const found = await visit(context, voice.log);
  const question = `On ${context} (${found.server}) this makes\n${bringing(found)
    .map((thing) => `  - ${thing}\n`)
    .join('')}and removes it at the end.`;
  try {
    if (!yes && !(await agreed(question))) throw new Declined('Nothing was done.');
  } catch (error) {
    await forget(found);
    throw error;
  }
  voice.line(TITLE);
  return foreignScene(found, entering);
}

async function agreed(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) throw new Declined(`${question} Nobody is here to ask: agree with --yes.`);
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  terminal.once('SIGINT', () => {
    interruption.abort(new Error('Interrupted.'));
  });
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} Go on? [y/N] `, { signal: interruption.signal })).trim());
  } finally {
    terminal.close();
  }
}

async function play(scene: Scene): Promise<void> {
  const view = new View(APP);
  const broken = new AbortController();
  void scene.broken.then((error) => {
    broken.abort(error ?? new Error('Asked to end.'));
  });
  const signal = AbortSignal.any([interruption.signal, broken.signal]);
  const kubectl = async (...args: string[]): Promise<void> => {
    await succeed(scene.kubectl(...args));
  };
  try {
    await view.open(scene.kubeconfig, scene.namespace, signal);
    await tellStory({ view, voice, kubectl, namespace: scene.namespace, deadlineMs: scene.deadlineMs, signal });
  } catch (error) {
    if (interruption.signal.aborted) throw error;
    explain(error as Error, view.conditions, scene.operatorSaid());
    throw new StoryFailed('', { cause: error });
  } finally {
    await view.close();
  }
}

function explain(error: Error, conditions: readonly Obj[], operatorSaid: string): void {
  voice.line(); // Ends a line that was to be overwritten.
  complain(`The story stopped: ${error.message}`);
  complain(`\nConditions of ${APP}:`);
  for (const { type, status, reason, message } of list(conditions)) {
    complain(`  ${text(type)}=${text(status)} ${text(reason)}: ${text(message)}`);
  }
  complain(`\nThe operator's last words:\n${operatorSaid}`);
}

/** Three commands to try, as they work here: with the kubectl of the machine if it has one. */
function invite({ kubeconfig, name, namespace }: Scene): void {
  const own = spawnSync('kubectl', ['version', '--client'], { stdio: 'ignore' }).status === 0;
  const prefix = own || name === undefined ? 'kubectl' : `npm run -s cluster -- --name ${name} kubectl`;
  const commands = [['get', 'iapp,controllerrevisions,deployments,services'], ['events', '--for', `iapp/${APP}`], patchOf('nginx-1')];
  voice.line('\nEverything stays up until Ctrl-C. In another terminal:\n');
  voice.line(`  export KUBECONFIG=${JSON.stringify(kubeconfig)}`);
  for (const args of commands) voice.line(`  ${typed(args, namespace).replace('kubectl', prefix)}`);
}

async function stay(scene: Scene): Promise<void> {
  invite(scene);
  const interrupted = new Promise<undefined>((resolve) => {
    const end = (): void => {
      resolve(undefined);
    };
    interruption.signal.addEventListener('abort', end);
    if (interruption.signal.aborted) end();
  });
  const reason = await Promise.race([interrupted, scene.broken]);
  if (reason !== undefined) throw reason;
  voice.line();
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      once: { type: 'boolean', default: false },
      yes: { type: 'boolean', default: false },
      context: { type: 'string' },
      help: { type: 'boolean', default: false, short: 'h' },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  process.chdir(join(import.meta.dirname, '../..')); // The commands told are the commands run.
  const scene = await enter(values.context, values.yes);
  const page = values.once ? undefined : await openPage(scene, interruption.signal);
  try {
    if (page !== undefined) voice.line(`\nWatch it in a browser; this address opens once:\n  ${page.address}`);
    await play(scene);
    if (!values.once) await stay(scene);
  } finally {
    await page?.end();
    await scene.leave();
  }
  voice.line(PAST);
  return 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  const misused = error instanceof Declined || (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS') === true;
  process.exitCode = misused ? USAGE : interruption.signal.aborted ? INTERRUPTED : FAILED;
  if (interruption.signal.aborted) voice.line(`\n${PAST}`);
  else if (!(error instanceof StoryFailed)) complain(`${(error as Error).message}${misused ? ' See: npm start -- --help' : ''}`);
}
