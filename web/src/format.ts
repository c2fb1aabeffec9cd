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

/** Length as people and the API count it: an emoji of many parts is one. */
export function characters(text: string): number {
  if (!('Segmenter' in Intl)) return [...text].length;
  let count = 0;
  for (const _ of new Intl.Segmenter().segment(text)) count++;
  return count;
}

/** A size of a file: 18.7 MB, 18,7 MB. */
export function bytes(n: number, lang: string): string {
  const [unit, size] = n >= 1e9 ? ['gigabyte', 1e9] : n >= 1e6 ? ['megabyte', 1e6] : ['kilobyte', 1e3];
  const format = new Intl.NumberFormat(lang, { style: 'unit', unit, maximumFractionDigits: 1 });
  return format.format(n / size);
}

/** The month of a time of the API: March 2025, tháng 3 năm 2025. */
export function month(time: string, lang: string): string {
  return new Intl.DateTimeFormat(lang, { month: 'long', year: 'numeric' }).format(new Date(time));
}

/** A length in its largest whole unit: 10 minutes, 45 seconds. */
export function duration(seconds: number, lang: string): string {
  const [unit, n] = seconds % 60 === 0 ? ['minute', seconds / 60] : ['second', seconds];
  return new Intl.NumberFormat(lang, { style: 'unit', unit, unitDisplay: 'long' }).format(n);
}
