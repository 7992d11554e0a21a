// Flux's own judgement of an object by health expressions: the library of its kustomize-controller.
import { answersOf } from '../tools/go-program.ts';

export interface Judged {
  readonly status: 'Current' | 'InProgress' | 'Failed';
}

export interface Call {
  readonly object: object;
  readonly expressions: object;
}

export const flux = (calls: readonly Call[]): Promise<Judged[]> =>
  answersOf({ source: import.meta.dirname, takes: 'three minutes' }, calls);
