import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { recall, remember } from '../storage';
import { en, type Key } from './en';
import { vi } from './vi';

export type Lang = 'en' | 'vi';
export interface Translate {
  (key: Key, values?: Record<string, string | number>): string;
  readonly lang: Lang;
}

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
  const translate = (key: Key, values: Record<string, string | number> = {}) =>
    dictionaries[lang][key].replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ''));
  return Object.assign(translate, { lang });
}

export const LangContext = createContext<{ lang: Lang; t: Translate }>({ lang: 'en', t: translator('en') });

export function useLang(): { lang: Lang; t: Translate } {
  return useContext(LangContext);
}

export { errorText, failureText, fieldTexts } from './errors';
