import { describe, expect, it } from 'vitest';
import { checkFile, typeOf } from './check_file';

const LIMITS = { max_size: 100, max_seconds: 600 };
const file = (size: number, name: string, type: string) => new File(['x'.repeat(size)], name, { type });
const check = (f: File, seconds: number | null = 10, limits: typeof LIMITS | null = LIMITS) =>
  checkFile(f, limits, async () => seconds);

describe('checkFile', () => {
  it.each([
    ['a.mp4', 'video/mp4'],
    ['a.gif', 'image/gif'],
    ['A.MKV', ''],
    ['a.mxf', 'application/octet-stream'],
  ])('takes %s of type %s', async (name, type) => expect(await check(file(1, name, type))).toBeNull());

  it.each([
    ['a.pdf', 'application/pdf'],
    ['a.png', 'image/png'],
    ['a', ''],
  ])('refuses %s of type %s', async (name, type) =>
    expect(await check(file(1, name, type))).toEqual({ kind: 'no_video' }),
  );

  it('knows the limits of size and length, and both may be reached', async () => {
    const type = 'video/mp4';
    expect(await check(file(0, 'a.mp4', type))).toEqual({ kind: 'empty' });
    expect(await check(file(100, 'a.mp4', type), 600.9)).toBeNull();
    expect(await check(file(101, 'a.mp4', type))).toEqual({ kind: 'too_large', max_size: 100 });
    expect(await check(file(9, 'a.mp4', type), 602)).toEqual({ kind: 'too_long', max_seconds: 600 });
  });

  it('leaves to the server what it cannot know', async () => {
    expect(await check(file(9, 'a.mkv', ''), null)).toBeNull();
    expect(await check(file(1000, 'a.mp4', 'video/mp4'), 9999, null)).toBeNull();
  });
});

it('tells the server a type that it takes', () => {
  expect(typeOf(file(1, 'a.mov', 'video/quicktime'))).toBe('video/quicktime');
  expect(typeOf(file(1, 'a.mkv', ''))).toBe('application/octet-stream');
});
