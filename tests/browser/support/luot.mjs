// The real server for tests in the browser: a data folder and a free port of its own, ended with its test.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';

const BINARY =
  process.env.LUOT_BINARY ?? fileURLToPath(new URL('../../../build/release/luot', import.meta.url));

export async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address();
  probe.close();
  await once(probe, 'close');
  return port;
}

const run = promisify(execFile);

/**
 * What the server is told of the stack that is tested: nothing, and it is the embedded one; with
 * LUOT_TEST_STACK=production a place on PostgreSQL, Redis and S3, with the rules that a bucket needs for web pages.
 */
async function stack(environment) {
  if (process.env.LUOT_TEST_STACK !== 'production') return {};
  const script = fileURLToPath(new URL('place.py', import.meta.url));
  const { stdout } = await run('/usr/bin/python3', ['-B', script]);
  const place = JSON.parse(stdout);
  await run(BINARY, ['doctor', '--fix'], { env: { ...environment, ...place } });
  return place;
}

/**
 * Starts `luot serve` and waits until it is ready. `settings` are of its environment, such as LUOT_WORKERS. Returns {url, folder, log(), stop()}.
 */
export async function startLuot(settings = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'luot-browser-'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const logPath = join(folder, 'log');
  const { PATH, HOME } = process.env;
  const environment = {
    PATH,
    HOME,
    LUOT_LISTEN: `127.0.0.1:${port}`,
    LUOT_DATA_DIR: join(folder, 'data'),
    LUOT_RATE_LIMITS: 'off',
    ...settings,
  };
  Object.assign(environment, await stack(environment));
  const child = spawn(BINARY, ['serve'], {
    cwd: folder,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const sink = createWriteStream(logPath);
  child.stdout.pipe(sink, { end: false });
  child.stderr.pipe(sink, { end: false });
  const ended = once(child, 'exit');

  const log = () => readFile(logPath, 'utf8');
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), 40_000);
      await ended;
      clearTimeout(late);
    }
    sink.end();
    await rm(folder, { recursive: true, force: true });
    if (child.exitCode !== 0) throw new Error(`luot ended with ${child.exitCode ?? child.signalCode}`);
  };
  for (const started = Date.now(); Date.now() - started < 20_000; await sleep(20)) {
    if (child.exitCode !== null) break;
    const ready = await fetch(`${url}/readyz`).catch(() => null);
    if (ready?.ok) return { url, folder, log, stop };
  }
  const told = await log();
  await stop().catch(() => undefined);
  throw new Error(`luot did not start:\n${told}`);
}
