function required(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
}

export const settings = {
  port: Number(required('PORT')),
  databaseUrl: required('DATABASE_URL'),
  redisUrl: required('REDIS_URL'),
  secret: required('SECRET'),
  accessLog: required('ACCESS_LOG'),
  processes: Number(process.env.PROCESSES ?? 1),
  rateFactor: Number(process.env.RATE_FACTOR ?? 1),
  /** Whether this process does what is to be done once: moves views and likes to PostgreSQL, makes the feed's heads. */
  doesJobs: process.env.JOBS !== 'elsewhere',
};
