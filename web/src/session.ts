import { useEffect, useState } from 'preact/hooks';
import { Client, type Vault } from './api/client';
import type { Me } from './api/types';
import { recall, remember } from './storage';

const KEY = 'luot.user';
const VIEWER = 'luot.viewer';

const vault: Vault = { read: () => recall(KEY), write: (userId) => remember(KEY, userId) };

let user: Me | null = null;
const listeners = new Set<(user: Me | null) => void>();

export const api = new Client(vault, (now) => {
  user = now;
  for (const listener of listeners) listener(now);
});

// A log-out in one tab logs the others out as well.
addEventListener('storage', (event) => {
  if (event.key === KEY && event.newValue === null) api.forget();
});

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
