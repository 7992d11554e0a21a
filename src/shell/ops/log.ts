// The operator's log: JSON lines, or lines for a person at a terminal.
import { createLogger as createWinston, format, transports, type Logger as Winston } from 'winston';

export type Fields = Readonly<Record<string, unknown>>;

export interface Logger {
  debug(message: string, fields?: Fields): void;
  info(message: string, fields?: Fields): void;
  warn(message: string, fields?: Fields): void;
  error(message: string, fields?: Fields): void;
  /** A logger whose every line has these fields. */
  child(fields: Fields): Logger;
}

export interface LoggerOptions {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  /** For a person at a terminal; JSON lines otherwise. */
  readonly pretty?: boolean;
  /** Where lines go instead of the standard error stream. */
  readonly stream?: NodeJS.WritableStream;
}

export function createLogger({ level, pretty = false, stream = process.stderr }: LoggerOptions): Logger {
  const line = pretty ? format.combine(format.timestamp({ format: 'HH:mm:ss.SSS' }), format.printf(prettyLine)) : jsonLine;
  // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- winston declares its transports as interfaces
  const winston = createWinston({ level, format: line, transports: [new transports.Stream({ stream })] });
  return over(winston, {});
}

function over(winston: Winston, bound: Fields): Logger {
  const at =
    (level: LoggerOptions['level']) =>
    (message: string, fields?: Fields): void => {
      if (winston.isLevelEnabled(level)) winston.log({ level, message, ...plain({ ...bound, ...fields }) });
    };
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => over(winston, { ...bound, ...fields }),
  };
}

/** JSON prints nothing of an Error, so its parts are copied. `message` and `level` belong to the line itself. */
function plain(fields: Fields): Record<string, unknown> {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    entries.map(([key, value]) => [
      key === 'message' || key === 'level' ? `${key}_` : key,
      isError(value) ? (value.stack ?? value.message) : value,
    ]),
  );
}

const isError = (value: unknown): value is { message: string; stack?: string } =>
  typeof value === 'object' && value !== null && 'message' in value && typeof value.message === 'string' && 'stack' in value;

const jsonLine = format.combine(format.timestamp(), format.json());

function prettyLine({ timestamp, level, message, ...rest }: Record<string, unknown>): string {
  const fields = Object.entries(rest).map(([key, value]) => ` ${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  return `${String(timestamp)} ${level === 'info' ? '' : `${String(level).toUpperCase()} `}${String(message)}${fields.join('')}`;
}
