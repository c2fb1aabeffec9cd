// A Cloudflare Worker before a private R2 bucket: checks playback tokens and answers from Cloudflare's cache, under keys
// without the token (docs/edge.md). Bindings: the bucket BUCKET, and the secret EDGE_KEYS, which `luot edge-keys` prints.
const SEGMENT = '[0-9A-Za-z_-][0-9A-Za-z._-]*';
const MEDIA = new RegExp(`^/([0-9A-Za-z_-]{48})/((videos/${SEGMENT}/${SEGMENT}/)${SEGMENT})$`);
const TYPES = {
  m3u8: 'application/vnd.apple.mpegurl',
  mp4: 'video/mp4',
  jpg: 'image/jpeg',
  vtt: 'text/vtt; charset=utf-8',
};
// Players of HLS ask for the same pieces as all others, which are cached each for itself. What is larger is not shared
// that way, and goes through.
const LARGEST_CACHED = 16 * 1024 * 1024; // bytes
const LONGEST_URL_LIFE = 21600; // seconds

export default {
  async fetch(request, env, context) {
    if (request.method === 'OPTIONS') return preflight();
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return problem(405, 'method_not_allowed', 'This path does not take that method.', {
        Allow: 'GET, HEAD, OPTIONS',
      });
    }
    const now = Math.floor(Date.now() / 1000);
    const key = await verify(JSON.parse(env.EDGE_KEYS), new URL(request.url).pathname, now);
    if (!key) return problem(403, 'media_token_invalid', 'This media URL is forged or has expired.');
    try {
      if (request.method === 'HEAD') return await head(key, request, env.BUCKET);
      return await get(key, request, env.BUCKET, context);
    } catch (error) {
      console.error('R2:', error.message);
      return problem(503, 'unavailable', 'The store cannot be read now; try again shortly.', {
        'Retry-After': '1',
      });
    }
  },
};

// The object's key, where `path` carries a good token for it at `now` (seconds); else ''. `keys` are hexadecimal: the
// current one, and the one before it.
export async function verify(keys, path, now) {
  const match = MEDIA.exec(path);
  if (!match) return '';
  const [, token, object, prefix] = match;
  const bytes = Uint8Array.from(atob(token.replaceAll('-', '+').replaceAll('_', '/')), (c) =>
    c.charCodeAt(0),
  );
  const expiry = new DataView(bytes.buffer).getUint32(0);
  if (now >= expiry) return '';
  const text = new TextEncoder().encode(`${prefix}\n${expiry}`);
  for (const hex of keys) {
    const raw = Uint8Array.from(hex.match(/../g), (pair) => parseInt(pair, 16));
    const algorithm = { name: 'HMAC', hash: 'SHA-256' };
    const key = await crypto.subtle.importKey('raw', raw, algorithm, false, ['verify']);
    if (await crypto.subtle.verify('HMAC', key, bytes.slice(4), text)) return object;
  }
  return '';
}

// R2's {offset, length} or {suffix}; 'beyond' for a range of nothing; null for none, several, or no range at all.
export function parseRange(header) {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
  if (!match || (match[1] === '' && match[2] === '')) return null;
  // No object has as many bytes as this, and R2 takes no larger number.
  const number = (text) => Math.min(Number(text), 2 ** 50);
  if (match[1] === '') return Number(match[2]) === 0 ? 'beyond' : { suffix: number(match[2]) };
  const offset = number(match[1]);
  if (match[2] === '') return { offset };
  const length = number(match[2]) - offset + 1;
  return length > 0 ? { offset, length } : null;
}

async function get(key, request, bucket, context) {
  let range = parseRange(request.headers.get('Range'));
  const condition = request.headers.get('If-Range');
  if (range && condition && condition !== (await bucket.head(key))?.httpEtag) range = null;
  if (range === 'beyond') return await beyond(key, bucket);

  const name = range ? `?${new URLSearchParams(range)}` : '';
  const place = new Request(`https://edge.invalid/${key}${name}`);
  let stored = await caches.default.match(place);
  if (!stored) {
    const object = await read(bucket, key, range);
    if (object === 'beyond') return await beyond(key, bucket);
    if (!object) return notFound();
    stored = asStored(object);
    if (Number(stored.headers.get('Content-Length')) <= LARGEST_CACHED) {
      context.waitUntil(caches.default.put(place, stored.clone()));
    }
  }
  return answer(request, stored.headers, stored.body, key, range);
}

// R2 throws for a range that begins beyond the end.
async function read(bucket, key, range) {
  try {
    return await bucket.get(key, range ? { range } : {});
  } catch (error) {
    const object = range?.offset !== undefined ? await bucket.head(key) : null;
    if (object && range.offset >= object.size) return 'beyond';
    throw error;
  }
}

// The cache keeps nothing but whole answers: a piece is one there, and says what it is a piece of.
function asStored(object) {
  const { offset = 0, length = object.size } = extent(object);
  const headers = {
    ETag: object.httpEtag,
    'Content-Length': String(length),
    'Cache-Control': 'public, max-age=604800',
    'Luot-Offset': String(offset),
    'Luot-Size': String(object.size),
  };
  return new Response(object.body, { headers });
}

function extent(object) {
  const range = object.range ?? {};
  if (range.suffix === undefined) {
    const offset = range.offset ?? 0;
    return { offset, length: Math.min(range.length ?? object.size, object.size - offset) };
  }
  const length = Math.min(range.suffix, object.size);
  return { offset: object.size - length, length };
}

function answer(request, stored, body, key, range) {
  const etag = stored.get('ETag');
  const headers = mediaHeaders(key, etag);
  if (matches(request.headers.get('If-None-Match'), etag)) {
    headers.delete('Content-Type');
    return new Response(null, { status: 304, headers });
  }
  const length = Number(stored.get('Content-Length'));
  headers.set('Content-Length', String(length));
  if (!range) return new Response(body, { headers });
  const offset = Number(stored.get('Luot-Offset'));
  headers.set('Content-Range', `bytes ${offset}-${offset + length - 1}/${stored.get('Luot-Size')}`);
  return new Response(body, { status: 206, headers });
}

async function head(key, request, bucket) {
  const object = await bucket.head(key);
  if (!object) return notFound();
  return answer(request, asStored(object).headers, null, key, null);
}

function matches(header, etag) {
  if (!header) return false;
  return header.split(',').some((item) => item.trim() === '*' || item.trim().replace(/^W\//, '') === etag);
}

// The type is told by the name that Luot gave. A page of any origin may play what its URL lets it.
function mediaHeaders(key, etag) {
  return new Headers({
    'Content-Type': TYPES[key.slice(key.lastIndexOf('.') + 1)] ?? 'application/octet-stream',
    ETag: etag,
    'Accept-Ranges': 'bytes',
    'Cache-Control': `public, max-age=${LONGEST_URL_LIFE}, immutable`,
    'Access-Control-Allow-Origin': '*',
    'Access-Control-Expose-Headers': 'ETag, Content-Range',
    'Content-Security-Policy': 'sandbox',
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
  });
}

function preflight() {
  return new Response(null, {
    status: 204,
    headers: {
      Allow: 'GET, HEAD, OPTIONS',
      'Access-Control-Allow-Origin': '*',
      'Access-Control-Allow-Methods': 'GET, HEAD, OPTIONS',
      'Access-Control-Allow-Headers': 'Range, If-None-Match',
      'Access-Control-Max-Age': '7200',
    },
  });
}

function notFound() {
  return problem(404, 'media_not_found', 'There is no such file.');
}

async function beyond(key, bucket) {
  const object = await bucket.head(key);
  if (!object) return notFound();
  return problem(416, 'range_not_satisfiable', 'The range begins beyond the end of the file.', {
    'Content-Range': `bytes */${object.size}`,
  });
}

const TITLES = {
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  416: 'Range Not Satisfiable',
  503: 'Service Unavailable',
};

// problem+json (RFC 9457), as Luot itself answers.
function problem(status, code, detail, headers = {}) {
  const body = { type: 'about:blank', title: TITLES[status], status, code, detail };
  return new Response(JSON.stringify(body), {
    status,
    headers: {
      'Content-Type': 'application/problem+json',
      'Cache-Control': 'no-store',
      'Access-Control-Allow-Origin': '*',
      'Access-Control-Expose-Headers': 'Content-Range, Retry-After',
      'X-Content-Type-Options': 'nosniff',
      ...headers,
    },
  });
}
