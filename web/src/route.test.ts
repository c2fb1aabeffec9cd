// @vitest-environment node
import { beforeAll, expect, it, vi } from 'vitest';
import type { Route } from './route';

let parseRoute: (path: string) => Route;
let pathOf: (route: Route) => string;

beforeAll(async () => {
  vi.stubGlobal('addEventListener', () => undefined);
  ({ parseRoute, pathOf } = await import('./route'));
});

it.each<[string, Route]>([
  ['/', { view: 'feed' }],
  ['/v/1nQz7Vd0KpA', { view: 'video', id: '1nQz7Vd0KpA' }],
  ['/u/linh.surf', { view: 'profile', username: 'linh.surf' }],
])('%s names a view, and the view this path', (path, route) => {
  expect(parseRoute(path)).toEqual(route);
  expect(pathOf(route)).toBe(path);
});

it.each(['/v/short', '/v/1nQz7Vd0KpA/more', '/u/a', '/elsewhere'])('%s shows the feed', (path) =>
  expect(parseRoute(path)).toEqual({ view: 'feed' }),
);
