// The API as an app would use it, to fill a server before a browser looks at it.
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

export const PASSWORD = 'correct horse battery';

async function call(url, method, path, { token, body } = {}) {
  const response = await fetch(url + path, {
    method,
    headers: {
      ...(token && { Authorization: `Bearer ${token}` }),
      ...(body && { 'Content-Type': 'application/json' }),
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return text ? JSON.parse(text) : undefined;
}

/** A client of the server at `url`, signed in as a new user. */
export async function newUser(url, username) {
  const email = `${username}@example.org`;
  const { access_token: token } = await call(url, 'POST', '/auth/register', {
    body: { username, email, password: PASSWORD },
  });
  const ask = (method, path, body) => call(url, method, path, { token, body });
  return { username, email, ask, upload: (path, fields) => upload(ask, path, fields) };
}

/** Uploads a file and waits until it is ready; returns the video. */
async function upload(ask, path, fields = {}) {
  const bytes = await readFile(path);
  const ticket = await ask('POST', '/videos/upload', {
    title: 'A clip',
    filename: 'clip.mp4',
    content_type: 'video/mp4',
    size: bytes.length,
    ...fields,
  });
  const { method, url, headers } = ticket.upload;
  const sent = await fetch(url, { method, headers, body: bytes });
  if (!sent.ok) throw new Error(`upload: ${sent.status} ${await sent.text()}`);
  const { id } = ticket.video;
  await ask('POST', `/videos/${id}/upload/complete`, {});
  for (const started = Date.now(); Date.now() - started < 120_000; await sleep(100)) {
    const video = await ask('GET', `/videos/${id}`);
    if (video.status === 'ready') return video;
    if (video.status === 'failed') throw new Error(`${path}: ${JSON.stringify(video.failure)}`);
  }
  throw new Error(`${path} was not ready in two minutes`);
}
