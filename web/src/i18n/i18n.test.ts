import { describe, expect, it } from 'vitest';
import { translator } from './index';
import { en, type Key } from './en';
import { vi } from './vi';

const keys = Object.keys(en) as Key[];

describe('the dictionaries', () => {
  it('have the same keys', () => expect(Object.keys(vi).sort()).toEqual([...keys].sort()));

  it.each(keys)('%s has a text and the same blanks in both', (key) => {
    const blanks = (text: string) => (text.match(/\{\w+\}/g) ?? []).sort();
    expect(en[key]).not.toBe('');
    expect(vi[key]).not.toBe('');
    expect(blanks(vi[key])).toEqual(blanks(en[key]));
  });
});

it('fills the blanks', () => {
  expect(translator('vi')('views', { n: '1,2 N' })).toBe('1,2 N lượt xem');
});
