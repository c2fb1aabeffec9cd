import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import cluster from 'node:cluster';
import { AccessTokens } from './accounts/access_tokens.js';
import { AppModule } from './app.module.js';
import { addGate, nextRequestId } from './http/gate.js';
import { ProblemFilter } from './http/problem.js';
import { Jobs } from './jobs.js';
import { settings } from './settings.js';

async function serve(): Promise<void> {
  const adapter = new FastifyAdapter({
    logger: false, // the gate writes the log
    genReqId: nextRequestId,
    bodyLimit: 65_536,
    keepAliveTimeout: 75_000,
    skipMiddie: true, // there is no middleware
  });
  const app = await NestFactory.create<NestFastifyApplication>(AppModule, adapter, {
    bodyParser: false, // Fastify's own does, and reads the text without a copy
    logger: ['warn', 'error'],
  });
  addGate(adapter.getInstance(), app.get(AccessTokens));
  app.useGlobalFilters(new ProblemFilter());
  if (settings.doesJobs) await app.get(Jobs).start();
  await app.listen(settings.port, '127.0.0.1');
}

if (cluster.isPrimary && settings.processes > 1) {
  for (let i = 0; i < settings.processes; i++) cluster.fork({ JOBS: i === 0 ? 'here' : 'elsewhere' });
  cluster.on('exit', () => process.exit(1));
} else {
  await serve();
}
