// What may be loaded ahead, and what is known of the connection.
interface Connection {
  saveData?: boolean;
  effectiveType?: string;
}

/** Whether nothing is loaded that is not watched: the person asked to save data, or the network is very slow. */
export function savesData(): boolean {
  const { connection } = navigator as Navigator & { connection?: Connection };
  if (connection?.saveData || /2g$/.test(connection?.effectiveType ?? '')) return true;
  return matchMedia('(prefers-reduced-data: reduce)').matches;
}

// Each player begins where the one before it had got to. 1 Mbit/s is the 480p rung of most videos.
let bandwidth = 1_000_000;

export function knownBandwidth(): number {
  return bandwidth;
}

export function rememberBandwidth(bitsPerSecond: number): void {
  if (Number.isFinite(bitsPerSecond) && bitsPerSecond > 0) bandwidth = bitsPerSecond;
}

/** The short side in pixels that was chosen for all videos; null: as the network allows. */
let quality: number | null = null;

export function chosenQuality(): number | null {
  return quality;
}

export function chooseQuality(shortSide: number | null): void {
  quality = shortSide;
}
