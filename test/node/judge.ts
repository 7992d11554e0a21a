// Judges what a client saw. A request has failed if it was not answered with 200 in time. An answer is out of order if its version had no
// business to serve when its connection was made: Kubernetes sends connections, not requests, so that is when the decision falls, and one
// that is kept alive rightly stays with its pod until the pod drains. So between two moves of a Service new connections go
//
//     old … old | either, from the write until kube-proxy has had time for endpoints that are all new | new … new
//
// and what answers on one connection never changes. Pure: instants are microseconds since the epoch.

export interface Request {
  readonly stream: string;
  /** Counts the requests of its stream from 0. */
  readonly number: number;
  /** When it was to be sent, when it was, when its answer was complete or it had failed. */
  readonly due: number;
  readonly sent: number;
  readonly done: number;
  /** Of the connection that answered: its number, when it was dialled and when it stood. 0 if there was none. */
  readonly connection: number;
  readonly dialled: number;
  readonly stood: number;
  /** Connections tried: a server may close one that was kept alive while the request is on its way. */
  readonly tried: number;
  /** 0: no answer. */
  readonly status: number;
  readonly version: string;
  readonly error: string;
}

/** A Service was sent to a version. */
export interface Move {
  /** Before this nobody can have known of it: the API server received the write. */
  readonly at: number;
  readonly to: string;
  /** From then on every ready endpoint was of that version; undefined if the next move came first. */
  readonly converged: number | undefined;
  /** When the App reported so. */
  readonly told?: number | undefined;
}

/** How long after that kube-proxy may take: it rewrites its rules at most once a second, and the machine is busy. */
export const PROXY = 1_500_000;

export const failed = ({ status, error, version }: Request): boolean => status !== 200 || error !== '' || version === '';
/** The version itself said so, and nobody who brought the request there. */
const isOwn = ({ status, error, version }: Request, faulty: string | undefined): boolean =>
  status === 500 && error === '' && version === faulty;

interface Term {
  readonly version: string;
  readonly from: number;
  readonly until: number;
}

/** When each version may get new connections. `moves` are in order; the first is to what serves from the beginning. */
export function terms(moves: readonly Move[]): Term[] {
  return moves.map(({ at, to }, i) => {
    const settled = moves.slice(i + 1).find(({ converged }) => converged !== undefined)?.converged;
    return { version: to, from: at, until: settled === undefined ? Infinity : settled + PROXY };
  });
}

const tell = (what: string, request: Request): string => {
  const ms = (to: number): string => `${Math.round((to - request.due) / 1000)} ms`;
  const when = new Date(request.due / 1000).toISOString();
  return `${what}: ${request.stream} ${request.number}, due ${when}, dialled after ${ms(request.dialled)}, done after ${ms(request.done)}`;
};

/** One line for every request that was not answered as it should have been; the version `faulty` may answer 500, where it may answer. */
export function judge(requests: readonly Request[], moves: readonly Move[], faulty?: string): string[] {
  const serving = terms(moves);
  const answered = new Map<number, string>();
  return requests.flatMap((request) => {
    const { connection, dialled, stood, status, version, error } = request;
    if (failed(request) && !isOwn(request, faulty)) return [tell(error === '' ? `status ${status}, version "${version}"` : error, request)];
    const before = answered.get(connection);
    answered.set(connection, version);
    if (before !== undefined && before !== version) return [tell(`one connection answered as ${before} and as ${version}`, request)];
    const rightly = serving.some((term) => term.version === version && term.from <= stood && dialled <= term.until);
    return rightly ? [] : [tell(`${version} answered on a connection that it should not have got`, request)];
  });
}
