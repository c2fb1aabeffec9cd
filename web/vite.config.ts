import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { defineConfig, type Plugin } from 'vite';

// The server hands out what is beside a file as .gz, and never compresses by itself.
function precompress(folder: string): Plugin {
  return {
    name: 'precompress',
    closeBundle() {
      for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
        if (!/\.(html|js|css|svg)$/.test(name)) continue;
        const file = join(folder, name);
        writeFileSync(`${file}.gz`, gzipSync(readFileSync(file), { level: 9 }));
      }
    },
  };
}

export default defineConfig({
  plugins: [precompress('dist')],
  esbuild: { jsx: 'automatic', jsxImportSource: 'preact' },
  build: {
    target: 'es2022',
    // Every browser of that target knows modulepreload.
    modulePreload: { polyfill: false },
    // Small files stay files, so that the pages need no data: URLs of their own.
    assetsInlineLimit: 0,
    // hls.js and Swagger UI are large on purpose and loaded apart from the feed.
    chunkSizeWarningLimit: 2000,
    rollupOptions: { input: { app: 'index.html', docs: 'docs/index.html' } },
  },
});
