/** A piece of the preview picture: what the video shows between two times, in seconds. */
export interface Tile {
  start: number;
  end: number;
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Reads the WebVTT that the server makes of a preview strip: each cue names a rectangle of the one picture. */
export function parseTiles(vtt: string): Tile[] {
  const cue = /([\d:.]+) --> ([\d:.]+)[^\n]*\n[^\n#]*#xywh=(\d+),(\d+),(\d+),(\d+)/g;
  return [...vtt.matchAll(cue)].map(([, start = '', end = '', x, y, width, height]) => ({
    start: seconds(start),
    end: seconds(end),
    x: Number(x),
    y: Number(y),
    width: Number(width),
    height: Number(height),
  }));
}

export function tileAt(tiles: Tile[], time: number): Tile | undefined {
  return tiles.find((tile) => time < tile.end) ?? tiles.at(-1);
}

function seconds(clock: string): number {
  return clock.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
}
