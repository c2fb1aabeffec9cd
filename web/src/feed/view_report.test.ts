import { expect, it } from 'vitest';
import { viewThresholdMs } from './view_report';

it.each([
  [60, 3000],
  [6, 3000],
  [4, 2000],
  [0.5, 250],
  [null, 3000],
])('a video of %s s counts after %d ms', (duration, ms) => expect(viewThresholdMs(duration)).toBe(ms));
