import { expect, it, vi } from 'vitest';
import type { Comment } from '../api/types';
import { settle } from './use_comments';

vi.mock('../session', () => ({ api: {} }));

const comment = (id: string): Comment => ({
  id,
  video_id: 'v',
  author: { id: 'u', username: 'linh' },
  content: id,
  created_at: '2025-03-01T07:00:00Z',
});
const [a, b, c] = [comment('a'), comment('b'), comment('c')];
const draft = { ...comment('draft 1'), pending: true };

it('puts the comment of the server in the place of the draft', () =>
  expect(settle([draft, a, b], draft.id, c)).toEqual([c, a, b]));

it('shows no comment twice that a page has brought before its answer', () =>
  expect(settle([draft, a, c, b], draft.id, c)).toEqual([c, a, b]));

it('takes back what was refused', () => expect(settle([draft, a], draft.id, null)).toEqual([a]));
