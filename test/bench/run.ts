// One run: a fresh cluster, N Apps, all phases, idleness, restarts. Leaves nothing behind however it ends.
import { setTimeout as delay } from 'node:timers/promises';
import { type Entry } from './audit.ts';
import { figuresOf, tally, type PhaseFigures } from './measure.ts';
import type { Measured } from './measured.ts';
import { startOperator, type Mode, type Operator } from './operator.ts';
import { PHASES, type Phase, type PhaseName } from './phases.ts';
import { change, onScene, quiet, type Scene, type SceneOptions } from './scene.ts';

export interface RunOptions extends SceneOptions {
  /** What Node runs as the operator. */
  readonly entry: string;
  /** The first is the one that is measured; restarted in each of them at the end. */
  readonly modes: readonly [Mode, ...Mode[]];
  readonly nodeFlags: readonly string[];
  readonly phases: readonly PhaseName[];
  readonly idleSeconds: number;
}

export interface PhaseResult extends PhaseFigures {
  readonly cpuMsPerApp: number;
  readonly loopDelayMs: number;
  readonly rssMb: number;
}

export interface RunResult {
  readonly apps: number;
  readonly replicas: number;
  readonly mode: Mode;
  readonly phases: Readonly<Partial<Record<PhaseName, PhaseResult>>>;
  readonly idle: Idle;
  /** After all phases, with two running versions an App. */
  readonly memory: { readonly rssMb: number; readonly peakMb: number };
  readonly restarts: readonly Restart[];
  /** Deployments that lost pods by themselves: the machine was too slow for the cluster, and no number of this run counts. */
  readonly shaken: number;
}

export interface Idle {
  readonly seconds: number;
  /** Calls other than for the lease, by verb and resource; a watch that was opened again at the end of its time counts apart. */
  readonly calls: Readonly<Record<string, number>>;
  readonly watches: number;
  readonly leaseCalls: number;
  readonly cpuPercent: number;
}

/** A new process that finds everything as it should be. */
export interface Restart {
  readonly mode: Mode;
  readonly readySeconds: number;
  /** Until its last call other than for the lease. */
  readonly steadySeconds: number;
  readonly cpuMs: number;
  readonly rssMb: number;
  readonly peakMb: number;
  readonly writes: number;
}

type Played = Scene & RunOptions;

export const run = (options: RunOptions): Promise<RunResult> => onScene(options, measure);

async function measure(scene: Played): Promise<RunResult> {
  const { apps, replicas, modes, audit, cluster, entry, nodeFlags, idleSeconds, signal, log } = scene;
  const [mode] = modes;
  const start = (how: Mode, flags: readonly string[]) => startOperator({ cluster, entry, mode: how, nodeFlags: flags, signal });
  const operator = await start(mode, nodeFlags);
  const phases: Partial<Record<PhaseName, PhaseResult>> = {};
  try {
    for (const phase of PHASES) {
      if (phase.name === 'create' || scene.phases.includes(phase.name)) phases[phase.name] = await play(scene, phase, operator);
    }
    const idle = await rest(scene, operator, idleSeconds);
    const memory = operator.memory();
    await operator.stop();
    const restarts: Restart[] = [];
    for (const each of modes) {
      await audit.read();
      audit.take();
      log(`restart, ${each}`);
      const restarted = await start(each, []);
      restarts.push(await steadied(scene, restarted));
      await restarted.stop();
    }
    return { apps, replicas, mode, phases, idle, memory, restarts, shaken: scene.observer.shaken };
  } catch (error) {
    if (!signal.aborted) log(`the operator's last words:\n${operator.log()}`);
    throw error;
  }
}

async function play(scene: Played, phase: Phase, operator: Operator): Promise<PhaseResult> {
  const { audit, observer, log } = scene;
  const keys = phase.oneByOne === undefined ? scene.keys : scene.keys.slice(0, phase.oneByOne);
  log(`${phase.name}: ${phase.what}`);
  await audit.read();
  audit.take();
  await operator.read();
  const cpuMs = operator.cpuMs();
  const startedAt = performance.now();
  if (phase.oneByOne === undefined) await change(scene, phase, keys, operator);
  else for (const key of keys) await change(scene, phase, [key], operator);
  const settledSeconds = (performance.now() - startedAt) / 1000;
  await quiet(scene);
  const after = { cpuMsPerApp: (operator.cpuMs() - cpuMs) / keys.length, loopDelayMs: (await operator.read()).loopDelayMs };
  const figures = figuresOf(audit.take(), keys, (key) => observer.sight(key), settledSeconds);
  return { ...figures, ...after, rssMb: operator.memory().rssMb };
}

export async function rest({ audit, signal, log }: Scene, operator: Measured, idleSeconds: number): Promise<Idle> {
  log(`idle for ${idleSeconds} s`);
  await audit.read();
  audit.take();
  const cpuMs = operator.cpuMs();
  await delay(idleSeconds * 1000, undefined, { signal });
  const cpuPercent = (operator.cpuMs() - cpuMs) / idleSeconds / 10;
  await audit.read();
  const calls = audit.take().filter(({ who }) => who === 'operator');
  const isLease = ({ resource }: Entry) => resource === 'leases';
  const isWatch = ({ verb }: Entry) => verb === 'watch';
  return {
    seconds: idleSeconds,
    calls: tally(
      calls.filter((call) => !isLease(call) && !isWatch(call)),
      ({ verb, resource }) => `${verb} ${resource}`,
    ),
    watches: calls.filter(isWatch).length,
    leaseCalls: calls.filter(isLease).length,
    cpuPercent,
  };
}

/** What a process has cost that was just started, once it makes no call any more. */
export async function steadied(scene: Scene, operator: Operator): Promise<Restart> {
  const { audit } = scene;
  const startedAt = Date.now() - operator.readyMs;
  await quiet(scene);
  const writes = audit
    .take()
    .filter(({ who, dryRun }) => who === 'operator' && !dryRun) // dry-runs ask each policy whether it is in force
    .filter(({ verb, resource }) => resource !== 'leases' && !/^(get|list|watch)$/.test(verb));
  const { rssMb, peakMb } = operator.memory();
  return {
    mode: operator.mode,
    readySeconds: operator.readyMs / 1000,
    steadySeconds: Math.max(operator.readyMs, audit.lastCallAt - startedAt) / 1000,
    cpuMs: operator.cpuMs(),
    rssMb,
    peakMb,
    writes: writes.length,
  };
}
