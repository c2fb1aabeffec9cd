// What the browser must load before the feed shows: the page's scripts and what they import at once, as gzip. hls.js and
// whatever else is imported when it is wanted is not among them.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const LIMIT = 90 * 1024;
const DIST = new URL('../dist/', import.meta.url);

const page = readFileSync(new URL('index.html', DIST), 'utf8');
const waiting = [...page.matchAll(/(?:src|href)="\/(assets\/[^"]+\.js)"/g)].map(([, path]) => path);
if (waiting.length === 0) throw new Error('the page loads no script');
const sizes = new Map();
while (waiting.length > 0) {
  const path = waiting.pop();
  if (sizes.has(path)) continue;
  const file = new URL(path, DIST);
  sizes.set(path, readFileSync(fileURLToPath(file) + '.gz').length);
  for (const [, name] of readFileSync(file, 'utf8').matchAll(/(?:from|import)\s*"\.\/([^"]+\.js)"/g))
    waiting.push(`assets/${name}`);
}
const sum = [...sizes.values()].reduce((a, b) => a + b, 0);
console.log(`first load: ${(sum / 1024).toFixed(1)} KiB of JavaScript (gzip) in ${sizes.size} file(s)`);
if (sum > LIMIT) throw new Error(`more than ${LIMIT / 1024} KiB`);
if ([...sizes.keys()].some((path) => path.includes('hls'))) throw new Error('hls.js is loaded at once');
