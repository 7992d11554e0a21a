// A user of Argo CD's API.
import type { Offered } from './program.ts';
import type { Servers } from './servers.ts';

/** An App that an Application keeps. */
export interface Subject {
  readonly application: string;
  readonly namespace: string;
  readonly name: string;
}

interface Node {
  readonly kind: string;
  readonly name: string;
  readonly health?: { readonly status: string; readonly message?: string };
}

const KIND = { group: 'immutableapp.io', version: 'v1alpha1', kind: 'ImmutableApp' };

export class Session {
  readonly #servers: Servers;
  readonly #token: string;

  private constructor(servers: Servers, token: string) {
    this.#servers = servers;
    this.#token = token;
  }

  static async login(servers: Servers, username: string, password: string): Promise<Session> {
    const { token } = (await new Session(servers, '').#ask('POST', 'session', { username, password })) as { token: string };
    return new Session(servers, token);
  }

  /** For an account with the capability `apiKey`. */
  async as(account: string): Promise<Session> {
    const { token } = (await this.#ask('POST', `account/${account}/token`, {})) as { token: string };
    return new Session(this.#servers, token);
  }

  /** What is offered in the menu of the App. */
  async offered(subject: Subject): Promise<readonly Offered[]> {
    const { application, namespace, name: resourceName } = subject;
    const query = new URLSearchParams({ namespace, resourceName, ...KIND });
    const { actions } = (await this.#ask('GET', `applications/${application}/resource/actions?${query.toString()}`)) as {
      actions: readonly Offered[];
    };
    return actions;
  }

  /** Rejects in the words of Argo CD. */
  async act(
    { application, namespace, name: resourceName }: Subject,
    action: string,
    parameters: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    const resourceActionParameters = Object.entries(parameters).map(([name, value]) => ({ name, value }));
    const body = { name: application, namespace, resourceName, ...KIND, action, resourceActionParameters };
    await this.#ask('POST', `applications/${application}/resource/actions/v2`, body);
  }

  /** What the page of the Application says of the App. */
  async health({ application, name }: Subject): Promise<Node['health']> {
    const { nodes } = (await this.#ask('GET', `applications/${application}/resource-tree`)) as { nodes: readonly Node[] };
    return nodes.find((node) => node.kind === KIND.kind && node.name === name)?.health;
  }

  async #ask(method: 'GET' | 'POST', path: string, body?: object): Promise<unknown> {
    const answer = await fetch(`${this.#servers.url}/api/v1/${path}`, {
      method,
      headers: { 'content-type': 'application/json', ...(this.#token !== '' && { authorization: `Bearer ${this.#token}` }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: HTTP ${String(answer.status)} ${text}`);
    return JSON.parse(text);
  }
}
