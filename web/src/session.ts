import { useEffect, useState } from 'preact/hooks';
import { Client, type Vault } from './api/client';
import type { Me } from './api/types';
import { alone } from './locks';
import { recall, remember } from './storage';

const KEY = 'luot.user';
const VIEWER = 'luot.viewer';
const LEAVING = 'luot.leaving';

const vault: Vault = {
  read: () => recall(KEY),
  write: (mark) => remember(KEY, mark),
  leaving: () => recall(LEAVING) !== null,
  setLeaving: (leaving) => remember(LEAVING, leaving ? 'yes' : null),
};

let user: Me | null = null;
const listeners = new Set<(user: Me | null) => void>();

export const api = new Client(
  vault,
  (now) => {
    user = now;
    for (const listener of listeners) listener(now);
  },
  (...args) => fetch(...args),
  (work) => alone('luot.session', work),
);

// All tabs are one person: a login or log-out in one is one in the others as well.
addEventListener('storage', (event) => {
  if (event.key === KEY) void api.rejoin();
});

// Earlier versions kept a refresh token there.
remember('luot.refresh', null);

// A log-out that did not reach the server.
void api.settle();
addEventListener('online', () => void api.settle());

export function useUser(): Me | null {
  const [current, setCurrent] = useState(user);
  useEffect(() => {
    setCurrent(user);
    listeners.add(setCurrent);
    return () => void listeners.delete(setCurrent);
  }, []);
  return current;
}

/** Makes sure that views of who is not signed in count apart from those of the neighbours: by a cookie. */
export async function ensureViewer(): Promise<void> {
  if (user !== null || recall(VIEWER) !== null) return;
  remember(VIEWER, 'made');
  await api.post('/viewers', { body: {} }).catch(() => remember(VIEWER, null));
}
