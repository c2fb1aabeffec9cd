// The Worker in workerd, Cloudflare's own runtime, with miniflare's R2 and cache.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { Miniflare } from 'miniflare';

const SOURCE = readFileSync(new URL('worker.js', import.meta.url), 'utf8');
const DATE = /compatibility_date = "(.*)"/.exec(
  readFileSync(new URL('wrangler.toml', import.meta.url), 'utf8'),
)[1];
const SHARED = JSON.parse(
  readFileSync(new URL('../../../tests/data/token-vectors.json', import.meta.url), 'utf8'),
);
const OLD = 'ab'.repeat(32);
const REV = 'videos/AbCdEf12345/r9/';
const MOVIE = Uint8Array.from({ length: 100_000 }, (_, i) => (i * 31) % 251);

function token(seconds, { key = SHARED.key_hex, prefix = REV } = {}) {
  const expiry = Math.floor(Date.now() / 1000) + seconds;
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(expiry);
  const mac = createHmac('sha256', Buffer.from(key, 'hex')).update(`${prefix}\n${expiry}`).digest();
  return Buffer.concat([bytes, mac]).toString('base64url');
}

let worker;
before(async () => {
  worker = new Miniflare({
    modules: [{ type: 'ESModule', path: 'worker.js', contents: SOURCE }],
    compatibilityDate: DATE,
    r2Buckets: ['BUCKET'],
    bindings: { EDGE_KEYS: JSON.stringify([SHARED.key_hex, OLD]) },
  });
  const bucket = await worker.getR2Bucket('BUCKET');
  const page = { httpMetadata: { contentType: 'text/html' } };
  await bucket.put(`${REV}master.m3u8`, new TextEncoder().encode('#EXTM3U\n').buffer, page);
  await bucket.put(`${REV}720p.mp4`, MOVIE.buffer, page);
});
after(() => worker.dispose());

function ask(file, { method = 'GET', signed = token(600), ...headers } = {}) {
  return worker.dispatchFetch(`https://edge.example/${signed}/${REV}${file}`, { method, headers });
}

async function bytesOf(answer) {
  return new Uint8Array(await answer.arrayBuffer());
}

// What the cache has is seen when the bucket has it no more.
async function remove(file) {
  await (await worker.getR2Bucket('BUCKET')).delete(REV + file);
}

test('agrees with the shared vectors', async () => {
  const wrapped = `import { verify } from './worker.js';
    export default { async fetch(request) {
      const { keys, path, now } = await request.json();
      return new Response(await verify(keys, path, now));
    } };`;
  const runtime = new Miniflare({
    modules: [
      { type: 'ESModule', path: 'vectors.js', contents: wrapped },
      { type: 'ESModule', path: 'worker.js', contents: SOURCE },
    ],
    compatibilityDate: DATE,
  });
  assert.ok(SHARED.vectors.length >= 12);
  for (const { name, path, now, expected } of SHARED.vectors) {
    const body = JSON.stringify({ keys: [OLD, SHARED.key_hex], path, now });
    const object = await (await runtime.dispatchFetch('https://x/', { method: 'POST', body })).text();
    assert.equal(object, expected === 200 ? path.slice(50) : '', name);
  }
  await runtime.dispose();
});

test('answers with its own types and headers', async () => {
  const answer = await ask('master.m3u8');
  assert.equal(answer.status, 200);
  assert.equal(await answer.text(), '#EXTM3U\n');
  assert.equal(answer.headers.get('Content-Type'), 'application/vnd.apple.mpegurl');
  assert.equal(answer.headers.get('Content-Length'), '8');
  assert.equal(answer.headers.get('Cache-Control'), 'public, max-age=21600, immutable');
  assert.equal(answer.headers.get('Access-Control-Allow-Origin'), '*');
  assert.equal(answer.headers.get('Content-Security-Policy'), 'sandbox');
  assert.equal(answer.headers.get('Referrer-Policy'), 'no-referrer');
  assert.equal(answer.headers.get('X-Content-Type-Options'), 'nosniff');
  assert.match(answer.headers.get('ETag'), /^"[0-9a-f]+"$/);
  assert.equal(answer.headers.get('Luot-Size'), null);
});

test('refuses what has expired, is forged, or is for something else', async () => {
  const forged = token(600).replace(/.$/, (c) => (c === 'A' ? 'B' : 'A'));
  const other = token(600, { prefix: 'videos/AbCdEf12345/r8/' });
  for (const signed of [token(0), token(-60), forged, other, token(600, { key: '00'.repeat(32) })]) {
    for (const method of ['GET', 'HEAD']) {
      assert.equal((await ask('720p.mp4', { signed, method })).status, 403);
    }
    assert.equal((await (await ask('720p.mp4', { signed })).json()).code, 'media_token_invalid');
  }
  assert.equal((await ask('720p.mp4', { signed: token(600, { key: OLD }) })).status, 200);
  assert.equal((await worker.dispatchFetch('https://edge.example/')).status, 403);
});

test('answers ranges as RFC 9110 has them', async () => {
  const size = MOVIE.length;
  for (const [range, first, last] of [
    ['bytes=0-0', 0, 0],
    ['bytes=1000-1999', 1000, 1999],
    ['bytes=99000-200000', 99000, size - 1],
    ['bytes=99999-', size - 1, size - 1],
    ['bytes=0-', 0, size - 1],
    ['bytes=-500', size - 500, size - 1],
    ['bytes=-200000', 0, size - 1],
    ['bytes=5-99999999999999999999', 5, size - 1],
    ['bytes=-99999999999999999999', 0, size - 1],
  ]) {
    for (const source of ['R2', 'the cache']) {
      const answer = await ask('720p.mp4', { Range: range });
      assert.equal(answer.status, 206, `${range} from ${source}`);
      assert.equal(answer.headers.get('Content-Range'), `bytes ${first}-${last}/${size}`, range);
      assert.equal(answer.headers.get('Content-Length'), String(last - first + 1), range);
      assert.deepEqual(await bytesOf(answer), MOVIE.slice(first, last + 1), range);
    }
  }
  for (const range of ['bytes=0-1,5-6', 'bytes=5-1', 'bytes=-', 'bytes=a-b', 'lines=0-1', 'bytes=']) {
    const answer = await ask('720p.mp4', { Range: range });
    assert.equal(answer.status, 200, range);
    assert.deepEqual(await bytesOf(answer), MOVIE, range);
  }
  for (const range of ['bytes=100000-', 'bytes=100000-100001', 'bytes=99999999999999999999-', 'bytes=-0']) {
    const answer = await ask('720p.mp4', { Range: range });
    assert.equal(answer.status, 416, range);
    assert.equal(answer.headers.get('Content-Range'), `bytes */${size}`);
    assert.equal((await answer.json()).code, 'range_not_satisfiable');
  }
});

test('knows what the viewer has already', async () => {
  const etag = (await ask('720p.mp4', { method: 'HEAD' })).headers.get('ETag');
  for (const condition of [etag, `W/${etag}`, `"x", ${etag}`, '*']) {
    const answer = await ask('720p.mp4', { 'If-None-Match': condition });
    assert.equal(answer.status, 304, condition);
    assert.equal((await bytesOf(answer)).length, 0);
  }
  assert.equal((await ask('720p.mp4', { 'If-None-Match': '"x"' })).status, 200);
  assert.equal((await ask('720p.mp4', { Range: 'bytes=0-1', 'If-Range': etag })).status, 206);
  assert.equal((await ask('720p.mp4', { Range: 'bytes=0-1', 'If-Range': '"x"' })).status, 200);
});

test('HEAD tells the size, and sends nothing', async () => {
  const answer = await ask('720p.mp4', { method: 'HEAD', Range: 'bytes=0-1' });
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get('Content-Length'), String(MOVIE.length));
  assert.equal((await bytesOf(answer)).length, 0);
});

test('a second viewer with another token is answered from the cache', async () => {
  const bucket = await worker.getR2Bucket('BUCKET');
  await bucket.put(`${REV}240p.mp4`, MOVIE.buffer);
  await bytesOf(await ask('240p.mp4', { signed: token(600), Range: 'bytes=10-19' }));
  await bytesOf(await ask('240p.mp4', { signed: token(600) }));
  await remove('240p.mp4');
  const piece = await ask('240p.mp4', { signed: token(1200), Range: 'bytes=10-19' });
  assert.deepEqual(await bytesOf(piece), MOVIE.slice(10, 20));
  assert.deepEqual(await bytesOf(await ask('240p.mp4', { signed: token(1300) })), MOVIE);
  assert.equal((await ask('240p.mp4', { signed: token(0) })).status, 403, 'the cache is behind the check');
  assert.equal((await ask('240p.mp4', { Range: 'bytes=20-29' })).status, 404, 'another piece');
});

test('what is not there is not found, for any method', async () => {
  for (const headers of [{}, { Range: 'bytes=0-1' }, { Range: 'bytes=-0' }, { method: 'HEAD' }]) {
    assert.equal((await ask('none.mp4', headers)).status, 404);
  }
  const answer = await ask('720p.mp4', { method: 'DELETE' });
  assert.equal(answer.status, 405);
  assert.equal(answer.headers.get('Allow'), 'GET, HEAD, OPTIONS');
  const preflight = await ask('720p.mp4', { method: 'OPTIONS', signed: 'x' });
  assert.equal(preflight.status, 204);
  assert.match(preflight.headers.get('Access-Control-Allow-Headers'), /Range/);
});
