// For njs 0.7.9: checks playback tokens, and signs requests to the private bucket (docs/edge.md).
//
// nginx preloads `luot_keys` and `luot_origin` from JSON files. verify() and presigned() are pure, and tested in node,
// too.
import crypto from 'crypto';

// All out here is made anew for each request. A literal expression is compiled once, which `new RegExp` is not.
const MEDIA =
  /^\/([0-9A-Za-z_-]{48})\/((videos\/[0-9A-Za-z_-][0-9A-Za-z._-]*\/[0-9A-Za-z_-][0-9A-Za-z._-]*\/)[0-9A-Za-z_-][0-9A-Za-z._-]*)$/;

function hmac(key, text) {
  return crypto.createHmac('sha256', key).update(text).digest();
}

// In constant time; njs has no timingSafeEqual.
function equal(a, b) {
  let difference = a.length ^ b.length;
  for (let i = 0; i < a.length; i++) difference |= a[i] ^ b[i];
  return difference === 0;
}

// The object's key, where `path` (as it came, without query) carries a good token for it at `now` (seconds); else ''.
// `keys` are hexadecimal: the current one, and the one before it.
function verify(keys, path, now) {
  const match = MEDIA.exec(path);
  if (!match) return '';
  const token = Buffer.from(match[1], 'base64url');
  const expiry = token.readUInt32BE(0);
  if (now >= expiry) return '';
  const text = match[3] + '\n' + expiry;
  for (let i = 0; i < keys.length; i++) {
    // a preloaded list has no methods
    if (equal(hmac(Buffer.from(keys[i], 'hex'), text), token.slice(4))) return match[2];
  }
  return '';
}

function escaped(text) {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (c) => '%' + c.charCodeAt(0).toString(16).toUpperCase(),
  );
}

// Path and query of a presigned GET (Signature Version 4). It is good for `life` seconds. Range is not signed.
function presigned(origin, key, date, life) {
  const time = date.toISOString().replace(/[-:]|\.[0-9]+/g, '');
  const day = time.slice(0, 8);
  const scope = day + '/' + origin.region + '/s3/aws4_request';
  const path = origin.path + '/' + key; // there is nothing in it to escape
  const session = origin.session_token ? '&X-Amz-Security-Token=' + escaped(origin.session_token) : '';
  const query =
    'X-Amz-Algorithm=AWS4-HMAC-SHA256' +
    '&X-Amz-Credential=' +
    escaped(origin.access_key_id + '/' + scope) +
    '&X-Amz-Date=' +
    time +
    '&X-Amz-Expires=' +
    life +
    session +
    '&X-Amz-SignedHeaders=host';
  const request = ['GET', path, query, 'host:' + origin.host, '', 'host', 'UNSIGNED-PAYLOAD'].join('\n');
  const digest = crypto.createHash('sha256').update(request).digest('hex');
  const text = ['AWS4-HMAC-SHA256', time, scope, digest].join('\n');
  const dated = hmac('AWS4' + origin.secret_access_key, day);
  const signing = hmac(hmac(hmac(dated, origin.region), 's3'), 'aws4_request');
  return path + '?' + query + '&X-Amz-Signature=' + hmac(signing, text).toString('hex');
}

// The rest is for nginx. Its variables are made once a request, also one of many slices.

function key(r) {
  return verify(luot_keys, r.variables.request_uri.split('?')[0], Math.floor(Date.now() / 1000));
}

// What lets nginx's cache, and nobody else on this machine, have `name` signed: the token may end before the last slice
// is fetched.
function pass_for(key, name) {
  return hmac(Buffer.from(key, 'hex'), 'origin\n' + name);
}

function pass(r) {
  return pass_for(luot_keys[0], r.variables.luot_key).toString('hex');
}

// Any of the keys: while nginx takes in new ones, some of its workers have the former.
function origin_uri(r) {
  const name = r.uri.slice(1);
  const given = Buffer.from(r.headersIn['Luot-Pass'] || '', 'hex');
  for (let i = 0; i < luot_keys.length; i++) {
    if (equal(pass_for(luot_keys[i], name), given)) return presigned(luot_origin, name, new Date(), 3600);
  }
  return '';
}

function origin_host() {
  return luot_origin.host;
}

// The type is told by the name that Luot gave; what the store says of itself is not for viewers.
function headers(r) {
  const types = {
    m3u8: 'application/vnd.apple.mpegurl',
    mp4: 'video/mp4',
    jpg: 'image/jpeg',
    vtt: 'text/vtt; charset=utf-8',
  };
  Object.keys(r.headersOut).forEach((header) => {
    if (/^x-/i.test(header)) delete r.headersOut[header];
  });
  r.headersOut['Content-Type'] = types[r.uri.slice(r.uri.lastIndexOf('.') + 1)] || 'application/octet-stream';
}

// Every error in Luot's own words, problem+json (RFC 9457). nginx finds out late that a range lies beyond the end: then
// the headers of the file are there already, so that none is added twice here.
function problem(r) {
  const problems = {
    403: ['Forbidden', 'media_token_invalid', 'This media URL is forged or has expired.'],
    404: ['Not Found', 'media_not_found', 'There is no such file.'],
    405: ['Method Not Allowed', 'method_not_allowed', 'This path does not take that method.'],
    416: ['Range Not Satisfiable', 'range_not_satisfiable', 'The range begins beyond the end of the file.'],
    503: ['Service Unavailable', 'unavailable', 'The store cannot be read now; try again shortly.'],
  };
  const status = Number(r.variables.status);
  const words = problems[status];
  delete r.headersOut['ETag'];
  r.headersOut['Content-Type'] = 'application/problem+json';
  r.headersOut['Cache-Control'] = 'no-store';
  r.headersOut['Access-Control-Allow-Origin'] = '*';
  r.headersOut['Access-Control-Expose-Headers'] = 'Content-Range, Retry-After';
  r.headersOut['X-Content-Type-Options'] = 'nosniff';
  if (status === 405) r.headersOut['Allow'] = 'GET, HEAD, OPTIONS';
  if (status === 503) r.headersOut['Retry-After'] = '1';
  const range = r.variables.upstream_http_content_range;
  if (status === 416 && range) r.headersOut['Content-Range'] = 'bytes */' + range.split('/')[1];
  const body = {
    type: 'about:blank',
    title: words[0],
    status: status,
    code: words[1],
    detail: words[2],
    request_id: r.variables.request_id,
  };
  r.return(status, JSON.stringify(body));
}

export default { verify, presigned, key, pass, origin_uri, origin_host, headers, problem };
