/** The hot score as SQL, as Luot has it: the logarithm of a sum of weights that double with each day. */
export const WEIGHT = { like: 5, comment: 10 };

/** What an event of that weight adds now, as a logarithm. */
export function hotTerm(weight: string | number): string {
  return `(ln(${weight}) + ln(2) / 86400 * (unix_now() - 1704067200))`;
}

export function hotWith(term: string): string {
  return `case when hot_score is null then ${term} else
    greatest(hot_score, ${term}) + ln(1 + exp(-least(abs(hot_score - ${term}), 700))) end`;
}

/** Never below what publishing alone gives. */
export function hotWithout(term: string): string {
  return `case when hot_score is null or hot_score - ${term} < 1e-9 then hot_floor else
    greatest(hot_floor, hot_score + ln(1 - exp(greatest(${term} - hot_score, -700)))) end`;
}
