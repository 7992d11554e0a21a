// Where output goes: colours and redrawing on a terminal only, values for programs, and one run of the plugin from words to an exit code.
import { describe, expect, test } from '@jest/globals';
import type { Command } from '../../src/cli/command.ts';
import { Complaint, EXIT } from '../../src/cli/exit.ts';
import { run } from '../../src/cli/plugin.ts';
import { screenOn, type Stream, type View } from '../../src/cli/screen.ts';
import { AT } from './given.ts';

/** A stream that keeps what is written; a terminal if it has a width. */
function kept(columns?: number, rows?: number) {
  const stream: Stream & { columns?: number; text: string } = {
    text: '',
    write(text: string) {
      stream.text += text;
    },
    ...(columns === undefined ? {} : { isTTY: true, columns, ...(rows === undefined ? {} : { rows }) }),
  };
  return stream;
}

const VIEW: View = {
  value: { a: [1, 'two'] },
  names: ['one', 'two'],
  lines: (paint, width) => [paint('red', `at ${width}`)],
};

describe('a view', () => {
  test.each([
    ['text', 'at 80\n'],
    ['json', '{\n  "a": [\n    1,\n    "two"\n  ]\n}\n'],
    ['yaml', 'a:\n  - 1\n  - two\n'],
    ['name', 'one\ntwo\n'],
  ] as const)('as %s', (format, text) => {
    const out = kept();
    screenOn(out, kept(), format, true).show(VIEW);
    expect(out.text).toBe(text);
  });
  test('is coloured on a terminal, as wide as that is, and never elsewhere', () => {
    const [wide, plain, json] = [kept(120), kept(120), kept(120)];
    screenOn(wide, kept(), 'text', true).show(VIEW);
    screenOn(plain, kept(), 'text', false).show(VIEW);
    screenOn(json, kept(), 'json', true).show(VIEW);
    expect([wide.text, plain.text]).toEqual(['\u001b[31mat 120\u001b[39m\n', 'at 120\n']);
    expect(json.text).not.toContain('\u001b');
  });
});

describe('drawing', () => {
  test('replaces what was drawn before, wrapped lines counted', () => {
    const out = kept(10);
    const screen = screenOn(out, kept(), 'text', false);
    screen.draw(['twelve chars', 'short']);
    screen.draw(['next']);
    expect(out.text).toBe('twelve chars\nshort\n\u001b[3A\r\u001b[0Jnext\n');
  });
  test('counts by the width of now: a terminal that was made narrower has wrapped what stands on it', () => {
    const out = kept(20);
    const screen = screenOn(out, kept(), 'text', false);
    screen.draw(['twelve chars', 'short']);
    out.columns = 10;
    screen.draw(['next']);
    expect(out.text).toBe('twelve chars\nshort\n\u001b[3A\r\u001b[0Jnext\n');
    expect(screen.width).toBe(10);
  });
  test('draws no more than there is room for: what scrolls away could not be replaced', () => {
    const out = kept(80, 4);
    screenOn(out, kept(), 'text', false).draw(['one', 'two', 'three', 'four']);
    expect(out.text).toBe('one\ntwo\n… 2 more lines: make the window higher\n');
  });
  test('only writes where nobody sees it', () => {
    const out = kept();
    const screen = screenOn(out, kept(), 'text', true);
    screen.draw(['one']);
    screen.draw(['two']);
    expect(out.text).toBe('one\ntwo\n');
  });
});

describe('a run', () => {
  const command = (act: Command['run']): Command => ({
    name: 'try',
    group: 'See',
    summary: 'for this test',
    arguments: [{ name: 'word', about: 'any', optional: true }],
    options: [],
    examples: [],
    rights: [],
    shape: {},
    run: act,
  });
  async function ran(act: Command['run'], words: readonly string[], environment: Record<string, string> = {}) {
    const [out, err] = [kept(80), kept()];
    const exit = await run([command(act)], words, {
      out,
      err,
      environment,
      signal: new AbortController().signal,
      now: () => AT,
      read: () => Promise.resolve(''),
      ask: () => Promise.resolve(undefined),
    });
    return [exit, out.text, err.text];
  }
  const show: Command['run'] = ({ screen, args, person }) => {
    screen.show({ value: args, names: args, lines: (paint) => [paint('bold', `${person} ${args.join(' ')}`)] });
    return Promise.resolve(EXIT.done);
  };
  test('hands over words, and as whom people write', async () => {
    expect(await ran(show, ['try', 'it'], { USER: 'ann lee' })).toEqual([0, '\u001b[1moncall-annlee it\u001b[22m\n', '']);
    expect(await ran(show, ['try', 'it', '-o', 'name'])).toEqual([0, 'it\n', '']);
  });
  test('has no colour where none is wanted', async () => {
    for (const [words, environment] of [
      [['--no-color'], {}],
      [[], { NO_COLOR: '1' }],
      [[], { TERM: 'dumb' }],
    ] as const)
      expect((await ran(show, ['try', ...words], environment))[1]).toBe('oncall-somebody \n');
  });
  test('ends in one sentence and an exit code', async () => {
    const fail = (error: Error) => ran(() => Promise.reject(error), ['try']);
    expect(await fail(new Complaint('no such thing'))).toEqual([1, '', 'Error: no such thing\n']);
    expect(await fail(new Complaint('interrupted', EXIT.interrupted))).toEqual([130, '', '']);
    await expect(fail(new TypeError('a bug'))).rejects.toThrow('a bug');
  });
  test('says what is wrong with the words', async () => {
    expect(await ran(show, ['tyr'])).toEqual([2, '', expect.stringContaining("unknown command 'tyr'")]);
  });
});
