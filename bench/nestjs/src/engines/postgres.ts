import postgres from 'postgres';
import { settings } from '../settings.js';

const TIMESTAMPTZ = 1184;
const asIs = (value: string) => value;

/** Counters and ids stay the decimal text that they come as, and times PostgreSQL's, which keeps the microseconds. */
function connect(connections: number) {
  return postgres(settings.databaseUrl, {
    max: connections,
    max_lifetime: null,
    fetch_types: false,
    onnotice: () => {},
    connection: { TimeZone: 'UTC', application_name: 'nestjs' },
    types: { date: { to: TIMESTAMPTZ, from: [TIMESTAMPTZ], serialize: asIs, parse: asIs } },
  });
}

/** One connection carries many queries at once: what waits together is sent, and answered, together. */
export const reads = connect(1);
/** More, since each waits for the disk, and those that wait together share a flush. */
export const writes = connect(8);
/** Long transactions in the background keep nobody waiting. */
export const jobs = connect(1);
