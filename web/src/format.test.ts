import { describe, expect, it } from 'vitest';
import { ago, bytes, characters, duration, shortNumber } from './format';

// Node and browsers differ in which space they put before a unit.
const plain = (text: string) => text.replace(/\s/g, ' ');

describe('shortNumber', () => {
  it.each([
    [0, 'en', '0'],
    [999, 'en', '999'],
    [1234, 'en', '1.2K'],
    [15_000, 'en', '15K'],
    [2_500_000, 'en', '2.5M'],
    [1234, 'vi', '1,2 N'],
    [2_500_000, 'vi', '2,5 Tr'],
  ])('%d in %s is %s', (n, lang, text) => expect(plain(shortNumber(n, lang))).toBe(text));
});

describe('ago', () => {
  const now = Date.parse('2025-03-01T12:00:00Z');

  it('uses the largest whole unit', () => {
    expect(ago('2025-03-01T11:58:30Z', 'en', now)).toBe('1m ago');
    expect(ago('2025-02-28T11:00:00Z', 'en', now)).toBe('yesterday');
    expect(plain(ago('2025-03-01T07:00:00Z', 'vi', now))).toBe('5 giờ trước');
  });

  it('takes a time ahead of the own clock for now', () => {
    expect(ago('2025-03-01T12:00:09Z', 'en', now)).toBe('now');
  });
});

it('counts what the API counts', () => {
  expect(characters('sóng 🌊')).toBe(6);
  expect(characters('👨‍👩‍👧‍👦 e\u0301')).toBe(3);
});

it.each([
  [18_734_551, 'en', '18.7 MB'],
  [18_734_551, 'vi', '18,7 MB'],
  [4 * 2 ** 30, 'en', '4.3 GB'],
  [900, 'en', '0.9 kB'],
])('writes the size of %i bytes in %s as %s', (n, lang, text) => {
  expect(plain(bytes(n, lang))).toBe(text);
});

it.each([
  [600, 'en', '10 minutes'],
  [600, 'vi', '10 phút'],
  [60, 'en', '1 minute'],
  [45, 'en', '45 seconds'],
])('writes the length of %i seconds in %s as %s', (n, lang, text) => {
  expect(plain(duration(n, lang))).toBe(text);
});
