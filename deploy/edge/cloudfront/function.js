// A CloudFront Function (runtime 2.0), on viewer requests: checks the playback token and takes it out of the URI, so that
// all viewers share what is cached (docs/edge.md). Its KeyValueStore has `edge_keys`: what `luot edge-keys` prints.
import cf from 'cloudfront';
import crypto from 'crypto';

const store = cf.kvs();

const SEGMENT = '[0-9A-Za-z_-][0-9A-Za-z._-]*';
const MEDIA = new RegExp('^/([0-9A-Za-z_-]{48})/((videos/' + SEGMENT + '/' + SEGMENT + '/)' + SEGMENT + ')$');

// In constant time.
function equal(a, b) {
  let difference = a.length ^ b.length;
  for (let i = 0; i < a.length; i++) difference |= a[i] ^ b[i];
  return difference === 0;
}

// The object's key, where `path` carries a good token for it at `now` (seconds); else ''. `keys` are hexadecimal: the
// current one, and the one before it.
function verify(keys, path, now) {
  const match = MEDIA.exec(path);
  if (!match) return '';
  const token = Buffer.from(match[1], 'base64url');
  const expiry = token.readUInt32BE(0);
  if (now >= expiry) return '';
  const text = match[3] + '\n' + expiry;
  for (let i = 0; i < keys.length; i++) {
    const mac = crypto.createHmac('sha256', Buffer.from(keys[i], 'hex')).update(text).digest();
    if (equal(mac, token.slice(4))) return match[2];
  }
  return '';
}

function preflight() {
  return {
    statusCode: 204,
    statusDescription: 'No Content',
    headers: {
      'access-control-allow-origin': { value: '*' },
      'access-control-allow-methods': { value: 'GET, HEAD, OPTIONS' },
      'access-control-allow-headers': { value: 'Range, If-None-Match' },
      'access-control-max-age': { value: '7200' },
    },
  };
}

function refusal() {
  return {
    statusCode: 403,
    statusDescription: 'Forbidden',
    headers: {
      'content-type': { value: 'application/problem+json' },
      'cache-control': { value: 'no-store' },
      'access-control-allow-origin': { value: '*' },
      'x-content-type-options': { value: 'nosniff' },
    },
    body: JSON.stringify({
      type: 'about:blank',
      title: 'Forbidden',
      status: 403,
      code: 'media_token_invalid',
      detail: 'This media URL is forged or has expired.',
    }),
  };
}

async function handler(event) {
  const request = event.request;
  if (request.method === 'OPTIONS') return preflight();
  const keys = await store.get('edge_keys', { format: 'json' });
  const key = verify(keys, request.uri, Math.floor(Date.now() / 1000));
  if (!key) return refusal();
  request.uri = '/' + key;
  request.querystring = {};
  return request;
}
