// 24 by 24, drawn with strokes unless the name says full.
const PATHS = {
  broken: 'M12 3.5L21.5 20h-19zM12 10v4.5M12 17.2v.1',
  camera: 'M3 7.5h11.5v9H3zM14.5 11l6-3.5v9l-6-3.5',
  film: 'M4 5h16v14H4zM10 9v6l5-3z',
  link: 'M10 14a4 4 0 0 0 6 .4l2.6-2.6a4 4 0 0 0-5.7-5.7L11.6 7.4M14 10a4 4 0 0 0-6-.4l-2.6 2.6a4 4 0 0 0 5.7 5.7l1.3-1.3',
  lock: 'M6 10.5h12V20H6zM8.5 10.5V7.5a3.5 3.5 0 0 1 7 0v3',
  more: 'M12 5.5v.1M12 12v.1M12 18.5v.1',
  send: 'M12 20V4.5M5.5 11L12 4.5l6.5 6.5',
  account: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8Zm-7.5 8c1-3.6 4-5.5 7.5-5.5s6.5 1.9 7.5 5.5',
  close: 'M6 6l12 12M18 6L6 18',
  comment:
    'M12 4c5 0 8.5 3.2 8.5 7.2S17 18.5 12 18.5c-1 0-2-.1-2.9-.4L4.5 20l1-3.6a6.9 6.9 0 0 1-2-5.2C3.5 7.2 7 4 12 4Z',
  down: 'M5 9l7 7 7-7',
  up: 'M5 15l7-7 7 7',
  home: 'M4 11l8-7 8 7v9h-5.5v-5.5h-5V20H4z',
  flame:
    'M12 21c-3.9 0-6.5-2.6-6.5-6.2 0-3.6 2.6-5.3 4-8 .6-1.3.7-2.5.6-3.8 3 1.2 4.7 3.9 4.8 6.9.8-.6 1.3-1.5 1.5-2.5 1.5 1.9 2.1 4.4 2.1 6.9 0 4-2.6 6.5-6.5 6.5Z',
  spark: 'M12 3l2.2 6.8L21 12l-6.8 2.2L12 21l-2.2-6.8L3 12l6.8-2.2z',
  quality: 'M4 7h9M17 7h3M4 17h3M11 17h9M15 4.5v5M9 14.5v5',
  heart: 'M12 20s-8-4.8-8-10.6A4.4 4.4 0 0 1 12 7a4.4 4.4 0 0 1 8 2.4C20 15.2 12 20 12 20Z',
  muted: 'M11 5L6.5 9H3v6h3.5l4.5 4zM16 9.5l5 5M21 9.5l-5 5',
  plus: 'M12 5v14M5 12h14',
  sound: 'M11 5L6.5 9H3v6h3.5l4.5 4zM15 9a4 4 0 0 1 0 6M17.8 6.2a8 8 0 0 1 0 11.6',
  trash: 'M4.5 7h15M9.5 7V4.5h5V7M6.5 7l1 13h9l1-13',
};
const FULL = {
  'comment-full': PATHS.comment,
  'heart-full': PATHS.heart,
  'share-full': 'M13.5 4.5l7.5 6.8-7.5 6.8v-4.3c-4.8 0-8 1.5-10.5 5 .5-5.8 3.8-9.6 10.5-10.2z',
  play: 'M8 5v14l11.5-7z',
};

type Name = keyof typeof PATHS | keyof typeof FULL;

export function Icon({ name }: { name: Name }) {
  const full = name in FULL;
  const d = { ...PATHS, ...FULL }[name];
  return (
    <svg
      class={`icon icon-${name}`}
      viewBox="0 0 24 24"
      fill={full ? 'currentColor' : 'none'}
      stroke={full ? 'none' : 'currentColor'}
      stroke-width="1.8"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      <path d={d} />
    </svg>
  );
}
