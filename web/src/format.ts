/** 1234 as people read it at a glance: 1.2K, 1,2 N. */
export function shortNumber(n: number, lang: string): string {
  return new Intl.NumberFormat(lang, { notation: 'compact', maximumFractionDigits: 1 }).format(n);
}

const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
];

/** How long ago a time of the API was, in its largest unit. */
export function ago(time: string, lang: string, now = Date.now()): string {
  // A client's clock may be behind the server's; nothing was made in the future.
  const seconds = Math.max(0, (now - Date.parse(time)) / 1000);
  const format = new Intl.RelativeTimeFormat(lang, { numeric: 'auto', style: 'narrow' });
  for (const [unit, size] of UNITS) {
    if (seconds >= size) return format.format(-Math.floor(seconds / size), unit);
  }
  return format.format(0, 'second');
}

/** Length as the API counts it: code points, not UTF-16 units. */
export function codePoints(text: string): number {
  return [...text].length;
}
