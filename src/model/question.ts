// What a decision may ask of the cluster: what no watch keeps. One member for each question, and what is kept of its answer. A question is
// an action like any other; its answer is part of the next snapshot.
import type { ImagesRead } from './images.ts';
import type { Measuring, Series } from './measure.ts';
import { seriesOf } from './measure.ts';
import type { KubeObject } from './object.ts';
import type { SourceFact, SourceText } from './source.ts';
import type { Fingerprint, InstanceName, VersionId } from './version.ts';
import type { Reason } from './vocabulary.ts';

export type Question =
  /** Would the API server accept this Deployment, and what would it store? By a dry run. */
  | { readonly ask: 'dryRun'; readonly fingerprint: Fingerprint; readonly configs: number; readonly object: KubeObject }
  /** What is the content of a version? Reads its record; of a version without one, the App. */
  | { readonly ask: 'content'; readonly id: VersionId; readonly record: string | undefined }
  /** What does a ConfigMap contain that is to be captured? */
  | { readonly ask: 'source'; readonly source: string }
  /** Why does an instance not come up? Reads its pods. */
  | { readonly ask: 'pods'; readonly instance: InstanceName }
  /** Which images do the pods of an instance run? `of`: the pods that the question is about. */
  | { readonly ask: 'images'; readonly instance: InstanceName; readonly of: string }
  /** Who manages the EndpointSlices of an existing Service? Asked right before its first switch. */
  | { readonly ask: 'slices'; readonly service: string; readonly uid: string }
  /**
   * Are an instance, its ReplicaSets and its pods what was published? `published`: what to compare with, if the Deployment is in doubt; `of`:
   * the state that the question is about.
   */
  | { readonly ask: 'differences'; readonly instance: InstanceName; readonly of: string; readonly published: KubeObject | undefined }
  /**
   * Was a config object deleted while its App and namespace live on? A namespace is deleted kind by kind, so its config may go before its App.
   */
  | { readonly ask: 'config'; readonly config: string }
  /** What does an instance, or a source, answer for a gate? Asked beside the loop: the answer comes later than that of all others. */
  | ({ readonly ask: 'measure' } & Measuring);

export type Ask = Question['ask'];
export type QuestionOf<A extends Ask> = Extract<Question, { ask: A }>;

/** What is kept of each answer. */
export interface AnswerTo {
  readonly dryRun: Trial;
  /** Canonical. */
  readonly content: string;
  readonly source: SourceRead;
  readonly pods: PodReport;
  readonly images: ImagesRead;
  readonly slices: Inspection;
  readonly differences: Comparison;
  readonly config: 'gone';
  readonly measure: Series;
}

/** Answers, by what each question is about (`subject`). */
export type Answers = { readonly [A in Ask]: ReadonlyMap<string, AnswerTo[A]> };

/** For each question: the key under which its answer is kept, and the object that it reads. */
const ABOUT: { readonly [A in Ask]: (question: QuestionOf<A>) => readonly [subject: string, object: string] } = {
  dryRun: ({ fingerprint, object }) => [fingerprint, `Deployment/${object.metadata.name}`],
  content: ({ id, record }) => [id, record === undefined ? `ImmutableApp of ${id}` : `ControllerRevision/${record}`],
  source: ({ source }) => [source, `ConfigMap/${source}`],
  pods: ({ instance }) => [instance, `Deployment/${instance}`],
  images: ({ instance }) => [instance, `Deployment/${instance}`],
  slices: ({ uid, service }) => [uid, `Service/${service}`],
  differences: ({ instance }) => [instance, `Deployment/${instance}`],
  config: ({ config }) => [config, `ConfigMap/${config}`],
  measure: (question) => [seriesOf(question), `Deployment/${question.instance} for gate ${question.gate.phase}/${question.gate.name}`],
};

export const ASKS = Object.keys(ABOUT) as readonly Ask[];

const both = <A extends Ask>(question: QuestionOf<A>): readonly [string, string] => ABOUT[question.ask](question);

/** The key under which an answer is kept. */
export const subject = (question: Question): string => both(question)[0];

/** The object that a question reads, for people. */
export const about = (question: Question): string => both(question)[1];

/**
 * The answer to a dry run of a version's Deployment with the config objects of this ordinal. Dropped once the instance exists: the next
 * instance needs a new dry run. `warnings`: what the API server warned of when it accepted.
 */
export type Trial =
  | {
      readonly is: 'accepted';
      readonly specHash: string;
      readonly configs: number;
      readonly at: number;
      readonly warnings: readonly string[];
    }
  | { readonly is: 'refused'; readonly reason: Reason; readonly message: string; readonly configs: number; readonly at: number }
  | { readonly is: 'spent'; readonly warnings: readonly string[] };

/** What was read from the pods of an instance. */
export interface PodReport {
  /** Decides whether the version has failed; undefined once that is recorded. */
  readonly evidence: Evidence | undefined;
  readonly symptom: Symptom;
}

/** Why pods do not come up. A fault of the cluster is tried again, a fault of the version is not. */
export interface Evidence {
  readonly cause: 'cluster' | 'version';
  readonly reason: Reason;
  readonly message: string;
  readonly container?: string;
  readonly exitCode?: number;
}

/** What pods say while the version may still come up. */
export interface Symptom extends Evidence {
  /** When the pods were last read, and since when this has been reported: ms since the epoch. */
  readonly at: number;
  readonly toldAt: number;
}

/** A ConfigMap as it was read. Its text is dropped once the version that captured it runs. */
export interface SourceRead extends SourceFact {
  readonly at: number;
  /** Who wrote it last, and which of its keys; '' for unknown. */
  readonly by: string;
  readonly text: SourceText | undefined;
}

/** A live look at an instance. */
export interface Comparison extends Differences {
  /** The state it is about, in the words of the question. */
  readonly of: string;
  readonly at: number;
  /** Whether the API server would store the same Deployment today; undefined when it was not asked. */
  readonly agrees: boolean | undefined;
  /** Since when every comparison has found a difference. */
  readonly since: number;
}

/** How an instance differs from what was published, in words (workloads/drift.ts). */
export interface Differences {
  /** Of the Deployment, from what a dry run of the same content gives today; empty when equal or not compared. */
  readonly deployment: readonly string[];
  /** Who wrote its spec besides us, the last one first. */
  readonly writers: readonly SpecWriter[];
  /** Of its ReplicaSets from the Deployment. */
  readonly replicaSets: readonly string[];
  /** Of its pods from what they were created as. */
  readonly pods: readonly string[];
  /** Ephemeral containers in its pods; `at` in ms since the epoch. */
  readonly debugged: readonly { readonly pod: string; readonly container: string; readonly by: string; readonly at: number }[];
}

/** A field manager, and the time of its last write: ms since the epoch, 0 for unknown. */
export interface SpecWriter {
  readonly by: string;
  readonly at: number;
  readonly how: 'Update' | 'Apply';
}

/** What a live look at the EndpointSlices of a Service found. */
export interface Inspection {
  /** A slice that is not managed by the EndpointSlice controller, and by whom; '' for none. */
  readonly foreign: string;
  /** Ready endpoints that are pods of others. */
  readonly others: number;
  /** An instance of ours that has ready endpoints there, if any has. */
  readonly reaches: InstanceName | undefined;
  readonly at: number;
}
