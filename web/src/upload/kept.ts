// What of an upload outlives the page: where it stands, in localStorage, and its file, where that is small enough.
import type { UploadTicket } from '../api/types';
import { recall, remember } from '../storage';

export interface Kept {
  /** Of the video. */
  id: string;
  /** Whose it is, by id. */
  user: string;
  filename: string;
  size: number;
  print: string;
  upload: UploadTicket;
}

const KEY = 'luot.upload';

/** The upload that this user has not finished. */
export function readKept(user: string): Kept | null {
  try {
    const kept = JSON.parse(recall(KEY) ?? 'null') as Kept | null;
    return kept?.user === user ? kept : null;
  } catch {
    return null;
  }
}

export function keep(kept: Kept): void {
  remember(KEY, JSON.stringify(kept));
}

export function forgetKept(id: string): void {
  const text = recall(KEY);
  if (text !== null && text.includes(id)) remember(KEY, null);
  void dropFile();
}

const SAMPLE = 64 * 1024;

/**
 * Tells files apart that have the same size: a number made of their beginning, middle and end (FNV-1a, 32 bits). Against
 * mistakes only; names and dates do not serve, because phones make up new ones.
 */
export async function printOf(file: Blob): Promise<string> {
  let hash = 0x811c9dc5;
  for (const at of [0, Math.floor(file.size / 2), Math.max(0, file.size - SAMPLE)]) {
    for (const byte of new Uint8Array(await file.slice(at, at + SAMPLE).arrayBuffer())) {
      hash = Math.imul(hash ^ byte, 0x01000193);
    }
  }
  return (hash >>> 0).toString(16);
}

/** Whether this is the file that the upload began with. */
export async function isSame(file: Blob, kept: Kept): Promise<boolean> {
  return file.size === kept.size && (await printOf(file)) === kept.print;
}

// The browser writes a copy: larger files are asked for again.
const LARGEST_KEPT = 512 * 1024 * 1024;
const STORE = 'files';
const ONLY = 'upload';

/** Keeps the file itself, if there is room. Where that fails, the person chooses it again. */
export async function keepFile(file: File): Promise<void> {
  if (file.size > LARGEST_KEPT) return;
  await inStore('readwrite', (store) => store.put(file, ONLY)).catch(() => undefined);
}

export async function keptFile(kept: Kept): Promise<File | null> {
  const file: unknown = await inStore('readonly', (store) => store.get(ONLY)).catch(() => null);
  return file instanceof File && (await isSame(file, kept).catch(() => false)) ? file : null;
}

export async function dropFile(): Promise<void> {
  await inStore('readwrite', (store) => store.delete(ONLY)).catch(() => undefined);
}

async function inStore<T>(
  mode: IDBTransactionMode,
  ask: (store: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
  const opening = indexedDB.open('luot', 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
  const database = await answer(opening);
  try {
    return await answer(ask(database.transaction(STORE, mode).objectStore(STORE)));
  } finally {
    database.close();
  }
}

function answer<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((done, fail) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => fail(request.error);
  });
}
