// Who is told what of which App: those that its spec names and those that the platform adds. Passes on what the report makes news, and nothing twice.
import type { Action } from '../../model/action.ts';
import type { App, Status } from '../../model/app.ts';
import type { Notice } from '../../model/notice.ts';
import type { Snapshot } from '../../model/observed.ts';
import type { AppKey } from '../../model/version.ts';
import { news, noticesDone, recent } from '../../plan/report/notices.ts';
import type { Outbox } from './outbox.ts';

export interface HeraldOptions {
  readonly outbox: Pick<Outbox, 'put'>;
  /** Receivers that are told of every App of a namespace. */
  readonly everywhere: (namespace: string) => readonly string[];
  readonly isThere: (receiver: string, namespace: string) => boolean;
  /** Wall clock. */
  readonly now: () => number;
}

export interface Herald {
  /** Seen for the first time: what happened just before is told again, since whoever led then may have ended before. */
  readonly meet: (seen: Snapshot, app: App) => void;
  readonly reported: (seen: Snapshot, app: App, status: Status) => void;
  readonly done: (app: App, actions: readonly Action[]) => void;
  readonly forget: (key: AppKey) => void;
}

export function heraldOf({ outbox, everywhere, isThere, now }: HeraldOptions): Herald {
  const met = new Set<AppKey>();
  const receiversOf = ({ notify, namespace }: App): string[] => [
    ...new Set([...notify.filter((name) => isThere(name, namespace)), ...everywhere(namespace)]),
  ];
  const tell = (app: App, notices: () => readonly Notice[]): void => {
    const receivers = receiversOf(app);
    if (receivers.length === 0) return;
    for (const notice of notices()) for (const receiver of receivers) outbox.put(receiver, notice);
  };
  return {
    meet(seen, app) {
      if (met.has(app.key)) return;
      met.add(app.key);
      tell(app, () => recent(seen, app, now()));
    },
    reported(seen, app, status) {
      tell(app, () => news(seen, app, app.status, status, now()));
    },
    done(app, actions) {
      if (actions.length > 0) tell(app, () => noticesDone(app, actions));
    },
    forget(key) {
      met.delete(key);
    },
  };
}
