// What a decision may ask of the cluster: what no watch keeps. One member for each question, and what is kept of its answer. A question is
// an action like any other; its answer is part of the next snapshot.
import type { KubeObject } from './object.ts';
import type { SourceFact, SourceText } from './source.ts';
import type { Fingerprint, InstanceName, VersionId } from './version.ts';
import type { Reason } from './vocabulary.ts';

export type Question =
  /** Would the API server take this Deployment, and what would it store? By a dry run. */
  | { readonly ask: 'dryRun'; readonly fingerprint: Fingerprint; readonly configs: number; readonly object: KubeObject }
  /** What is a version's content, by its record? */
  | { readonly ask: 'content'; readonly id: VersionId; readonly record: string }
  /** What does a ConfigMap say that the content is to hold a copy of? */
  | { readonly ask: 'source'; readonly source: string }
  /** Why does an instance not come up, by its pods? */
  | { readonly ask: 'pods'; readonly instance: InstanceName }
  /** Whose EndpointSlices has an existing Service, right before it is moved for the first time? */
  | { readonly ask: 'slices'; readonly service: string; readonly uid: string }
  /**
   * Is an instance, with its ReplicaSets and pods, what was published? `published`: what to compare it with, if that is in doubt; `of`: the
   * state it is about.
   */
  | { readonly ask: 'differences'; readonly instance: InstanceName; readonly of: string; readonly published: KubeObject | undefined }
  /**
   * Is a config object really gone, of an App and in a namespace that live on? Whoever deletes a namespace deletes kind by kind.
   */
  | { readonly ask: 'config'; readonly config: string };

export type Ask = Question['ask'];
export type QuestionOf<A extends Ask> = Extract<Question, { ask: A }>;

/** What is kept of each answer. */
export interface AnswerTo {
  readonly dryRun: Trial;
  /** Canonical. */
  readonly content: string;
  readonly source: SourceRead;
  readonly pods: PodReport;
  readonly slices: Inspection;
  readonly differences: Comparison;
  readonly config: 'gone';
}

/** By what each question is about (`subject`). */
export type Answers = { readonly [A in Ask]: ReadonlyMap<string, AnswerTo[A]> };

/** For each question what it is about, as its answer is kept under, and the object that it names. */
const ABOUT: { readonly [A in Ask]: (question: QuestionOf<A>) => readonly [subject: string, object: string] } = {
  dryRun: ({ fingerprint, object }) => [fingerprint, `Deployment/${object.metadata.name}`],
  content: ({ id, record }) => [id, `ControllerRevision/${record}`],
  source: ({ source }) => [source, `ConfigMap/${source}`],
  pods: ({ instance }) => [instance, `Deployment/${instance}`],
  slices: ({ uid, service }) => [uid, `Service/${service}`],
  differences: ({ instance }) => [instance, `Deployment/${instance}`],
  config: ({ config }) => [config, `ConfigMap/${config}`],
};

export const ASKS = Object.keys(ABOUT) as readonly Ask[];

const both = <A extends Ask>(question: QuestionOf<A>): readonly [string, string] => ABOUT[question.ask](question);

/** What an answer is kept under. */
export const subject = (question: Question): string => both(question)[0];

/** The object a question names, for people. */
export const about = (question: Question): string => both(question)[1];

/**
 * What the API server said to a dry run of a version's Deployment, reading the config objects of this ordinal. Spent once the instance is
 * there: the next one is asked about anew. `warnings`: what it said beside accepting it.
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

/** What the pods of an instance said. */
export interface PodReport {
  /** To judge by; undefined once a verdict has been recorded. */
  readonly evidence: Evidence | undefined;
  readonly symptom: Symptom;
}

/** Why pods do not come up. What the cluster lacks is tried again, what the version lacks is final. */
export interface Evidence {
  readonly cause: 'cluster' | 'version';
  readonly reason: Reason;
  readonly message: string;
  readonly container?: string;
  readonly exitCode?: number;
}

/** What pods said when nobody judged them. */
export interface Symptom extends Evidence {
  /** When they were asked last, and since when this is what is told of it: ms since the epoch. */
  readonly at: number;
  readonly toldAt: number;
}

/** A ConfigMap as it was read. Its text is let go once the version that needed it runs. */
export interface SourceRead extends SourceFact {
  readonly at: number;
  /** Who wrote it last, and which of its keys; '' for unknown. */
  readonly by: string;
  readonly text: SourceText | undefined;
}

/** A live look at an instance. */
export interface Comparison extends Differences {
  /** The state it is about, as the decision that asked for it called it. */
  readonly of: string;
  readonly at: number;
  /** Whether the API server would store the same today; undefined when it was not asked. */
  readonly agrees: boolean | undefined;
  /** Since when every look has disagreed. */
  readonly since: number;
}

/** How an instance differs from what was published, in words. See workloads/drift.ts. */
export interface Differences {
  /** Of the Deployment, from what a dry-run of the same content gives today; empty when equal or not compared. */
  readonly deployment: readonly string[];
  /** Who wrote its spec beside us, the last one first. */
  readonly writers: readonly SpecWriter[];
  /** Of its ReplicaSets from the Deployment. */
  readonly replicaSets: readonly string[];
  /** Of its pods from what they were created as. */
  readonly pods: readonly string[];
  /** Ephemeral containers in its pods; `at` in ms since the epoch. */
  readonly debugged: readonly { readonly pod: string; readonly container: string; readonly by: string; readonly at: number }[];
}

/** A field manager, and when it last wrote: ms since the epoch, 0 for unknown. */
export interface SpecWriter {
  readonly by: string;
  readonly at: number;
  readonly how: 'Update' | 'Apply';
}

/** What a live look at the EndpointSlices of a Service found. */
export interface Inspection {
  /** A slice that is not the EndpointSlice controller's, and whose it is; '' for none. */
  readonly foreign: string;
  /** Ready endpoints that are pods of others. */
  readonly others: number;
  /** An instance of ours that has ready endpoints there, if any has. */
  readonly reaches: InstanceName | undefined;
  readonly at: number;
}
