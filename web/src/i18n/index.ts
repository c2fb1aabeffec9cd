import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { ApiError } from '../api/errors';
import { recall, remember } from '../storage';
import { en, type Key } from './en';
import { vi } from './vi';

export type Lang = 'en' | 'vi';
export type Translate = (key: Key, values?: Record<string, string | number>) => string;

const dictionaries: Record<Lang, Record<Key, string>> = { en, vi };
const KEY = 'luot.lang';

export function initialLang(): Lang {
  const chosen = recall(KEY);
  if (chosen === 'en' || chosen === 'vi') return chosen;
  return navigator.language.toLowerCase().startsWith('vi') ? 'vi' : 'en';
}

export function rememberLang(lang: Lang): void {
  remember(KEY, lang);
}

export function translator(lang: Lang): Translate {
  return (key, values = {}) =>
    dictionaries[lang][key].replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ''));
}

export const LangContext = createContext<{ lang: Lang; t: Translate }>({ lang: 'en', t: translator('en') });

export function useLang(): { lang: Lang; t: Translate } {
  return useContext(LangContext);
}

/** The server's own words where it answered, ours where it could not. */
export function errorText(error: unknown, t: Translate): string {
  if (error instanceof ApiError && error.status !== 0) return error.message;
  return t('error_network');
}
