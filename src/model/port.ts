// A port of a Service: as spec.services asks for it, and as a Service has it.
import { text } from './json.ts';
import type { Obj } from './json.ts';

export const TCP = 'TCP';

/** A port of a Service, with the API server's defaults. */
export interface PortSeen {
  readonly name: string;
  readonly port: number;
  readonly protocol: string;
  readonly targetPort: string | number;
}

export const portOf = ({ name, port, protocol, targetPort }: Obj): PortSeen => ({
  name: text(name),
  port: port as number,
  protocol: text(protocol) || TCP,
  targetPort: (targetPort ?? port) as string | number,
});
