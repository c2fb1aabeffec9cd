import { useEffect, useState } from 'preact/hooks';

/** What the address says is shown. The server answers each of these paths with the client's page. */
export type Route =
  | { view: 'feed' }
  | { view: 'video'; id: string } // the feed, beginning with this video
  | { view: 'profile'; username: string };

export function parseRoute(path: string): Route {
  const video = /^\/v\/([0-9A-Za-z]{11})$/.exec(path)?.[1];
  if (video) return { view: 'video', id: video };
  const username = /^\/u\/([A-Za-z0-9_.]{3,30})$/.exec(path)?.[1];
  if (username) return { view: 'profile', username };
  return { view: 'feed' };
}

export function pathOf(route: Route): string {
  if (route.view === 'video') return `/v/${route.id}`;
  if (route.view === 'profile') return `/u/${encodeURIComponent(route.username)}`;
  return '/';
}

const listeners = new Set<(route: Route) => void>();

function tell(): void {
  const route = parseRoute(location.pathname);
  for (const listener of listeners) listener(route);
}

addEventListener('popstate', tell);

/** Goes to another view; the browser's back button comes back. */
export function go(route: Route): void {
  history.pushState(null, '', pathOf(route));
  tell();
}

// What the feed shows, also while something else lies over it.
let shown = '';

/** Whether the feed is at this already: coming back to it needs nothing. */
export function isShown(route: Route): boolean {
  return pathOf(route) === shown;
}

/** Lets the address name what is shown already, and tells nobody: the feed does so with each swipe. */
export function nameAddress(route: Route): void {
  shown = pathOf(route);
  if (location.pathname !== shown) history.replaceState(null, '', shown);
}

export function useRoute(): Route {
  const [route, setRoute] = useState(() => parseRoute(location.pathname));
  useEffect(() => {
    listeners.add(setRoute);
    return () => void listeners.delete(setRoute);
  }, []);
  return route;
}
