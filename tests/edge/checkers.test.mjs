// The checks of nginx and CloudFront, which are written for runtimes that node is not: each runs in a context that has
// of node what its own runtime has. `node --test`; no packages.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import vm from 'node:vm';

const ROOT = new URL('../../', import.meta.url);
const SHARED = JSON.parse(readFileSync(new URL('tests/data/token-vectors.json', ROOT), 'utf8'));
const OLD = 'ab'.repeat(32);
const GOOD = SHARED.vectors.find((vector) => vector.expected === 200);

// The functions of a script, without its imports and exports.
function load(path, names, globals) {
  const source = readFileSync(new URL(path, ROOT), 'utf8')
    .replace(/^import .*$/gm, '')
    .replace(/^export default .*$/gm, '');
  const script = `${source}\n;({ ${names.join(', ')} })`;
  return vm.runInNewContext(script, { crypto, Buffer, ...globals }, { filename: path });
}

// A clock that stands.
function clock(seconds) {
  return class extends Date {
    static now() {
      return seconds * 1000;
    }
  };
}

const nginx = load('deploy/edge/nginx/luot.js', ['verify', 'presigned'], {});

function cloudfront(now, keys = [SHARED.key_hex]) {
  const asked = [];
  const get = async (...what) => asked.push(what) && keys;
  const { handler, verify } = load('deploy/edge/cloudfront/function.js', ['handler', 'verify'], {
    cf: { kvs: () => ({ get }) },
    Date: clock(now),
  });
  return { handler, verify, asked };
}

for (const [edge, verify] of [
  ['nginx', nginx.verify],
  ['CloudFront', cloudfront(0).verify],
]) {
  test(`${edge} agrees with the shared vectors`, () => {
    assert.ok(SHARED.vectors.length >= 12);
    for (const { name, path, now, expected } of SHARED.vectors) {
      const key = expected === 200 ? path.slice(50) : '';
      assert.equal(verify([SHARED.key_hex], path, now), key, name);
      assert.equal(verify([OLD, SHARED.key_hex], path, now), key, `${name}, by the previous key`);
      assert.equal(verify([OLD], path, now), '', `${name}, by another key`);
    }
  });

  test(`${edge} takes no path but one file of a revision`, () => {
    const [prefix, now] = [GOOD.path.slice(0, GOOD.path.lastIndexOf('/') + 1), GOOD.now];
    const ask = (path) => verify([SHARED.key_hex], path, now);
    assert.equal(ask(`${prefix}x.mp4`), `${prefix}x.mp4`.slice(50));
    for (const file of ['', '.', '..', '.hidden', 'a/b', 'a%2eb', 'a b', 'a\n', 'a?b', 'ä', 'a\0', '/a']) {
      assert.equal(ask(prefix + file), '', JSON.stringify(file));
    }
    assert.equal(ask(`/${prefix}x`), '');
    assert.equal(ask(prefix.slice(1) + 'x'), '');
  });
}

test('nginx signs as AWS publishes it', () => {
  const origin = {
    host: 'examplebucket.s3.amazonaws.com',
    path: '',
    region: 'us-east-1',
    access_key_id: 'AKIAIOSFODNN7EXAMPLE',
    secret_access_key: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  };
  const date = new Date('2013-05-24T00:00:00Z');
  const url = nginx.presigned(origin, 'test.txt', date, 86400);
  assert.match(url, /^\/test\.txt\?X-Amz-Algorithm=AWS4-HMAC-SHA256&/);
  const signature = 'aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404';
  assert.ok(url.endsWith(`&X-Amz-Signature=${signature}`), url);
  const session = nginx.presigned({ ...origin, session_token: 'a+b/c=(!)' }, 'test.txt', date, 86400);
  assert.match(session, /&X-Amz-Security-Token=a%2Bb%2Fc%3D%28%21%29&X-Amz-SignedHeaders=host&/);
});

function viewer(uri, method = 'GET') {
  return { request: { method, uri, querystring: { a: { value: 'b' } }, headers: {} } };
}

test('CloudFront takes the token out of what is cached', async () => {
  const { handler, asked } = cloudfront(GOOD.now);
  const request = await handler(viewer(GOOD.path));
  assert.equal(request.uri, GOOD.path.slice(49));
  assert.deepEqual({ ...request.querystring }, {});
  assert.deepEqual([asked[0][0], asked[0][1].format], ['edge_keys', 'json']);
});

test('CloudFront refuses by itself', async () => {
  const { handler } = cloudfront(GOOD.now + 1_000_000);
  const answer = await handler(viewer(GOOD.path));
  assert.equal(answer.statusCode, 403);
  assert.equal(answer.headers['cache-control'].value, 'no-store');
  assert.equal(JSON.parse(answer.body).code, 'media_token_invalid');
  assert.equal((await handler(viewer(GOOD.path, 'OPTIONS'))).statusCode, 204);
});

test('CloudFront: what is shipped fits a Function', () => {
  const source = readFileSync(new URL('deploy/edge/cloudfront/function.js', ROOT));
  assert.ok(source.length <= 10 * 1024, 'the largest that CloudFront takes');
});
