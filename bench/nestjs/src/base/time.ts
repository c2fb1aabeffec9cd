export function unixSeconds(): number {
  return Math.floor(Date.now() / 1000);
}

/** PostgreSQL's "2026-11-30 20:13:20.12+00" as RFC 3339 with six decimals. */
export function toRfc3339(time: string): string {
  const clock = time.slice(11, -3);
  const fraction = clock.length > 8 ? clock.slice(9) : '';
  return `${time.slice(0, 10)}T${clock.slice(0, 8)}.${fraction.padEnd(6, '0')}Z`;
}
