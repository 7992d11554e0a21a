// The one way an instance changes: its size.
import type { Action } from '../../model/action.ts';
import type { InstanceSeen } from '../../model/observed.ts';

export const resize = ({ name: instance, uid, replicas: from }: InstanceSeen, to: number): Action[] =>
  from === to ? [] : [{ do: 'scale', instance, uid, from, to }];
