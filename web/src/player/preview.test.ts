import { expect, it } from 'vitest';
import { clock } from './clock';
import { parseTiles, tileAt } from './preview';

// As the server writes it.
const VTT = `WEBVTT

00:00:00.000 --> 00:00:01.500
preview.jpg#xywh=0,0,90,160

00:00:01.500 --> 00:00:03.000
preview.jpg#xywh=90,0,90,160

00:59:59.000 --> 01:00:01.250
preview.jpg#xywh=0,160,90,160
`;

it('reads which piece of the picture shows when', () => {
  const tiles = parseTiles(VTT);
  expect(tiles).toHaveLength(3);
  expect(tiles[1]).toEqual({ start: 1.5, end: 3, x: 90, y: 0, width: 90, height: 160 });
  expect(tiles[2]).toMatchObject({ start: 3599, end: 3601.25, y: 160 });
});

it('finds the piece of a moment, the last one beyond the end', () => {
  const tiles = parseTiles(VTT);
  expect(tileAt(tiles, 0)?.x).toBe(0);
  expect(tileAt(tiles, 1.5)?.x).toBe(90);
  expect(tileAt(tiles, 5000)?.y).toBe(160);
  expect(tileAt([], 1)).toBeUndefined();
});

it('takes what is no list for an empty one', () => expect(parseTiles('<html>404</html>')).toEqual([]));

it.each([
  [0, '0:00'],
  [75.4, '1:15'],
  [3661, '1:01:01'],
])('%d s are %s', (seconds, text) => expect(clock(seconds)).toBe(text));
