// White on each of them has at least 4.5 to 1.
const COLORS = ['#0f766e', '#9d174d', '#1d4ed8', '#a21caf', '#b45309', '#4d7c0f', '#6d28d9', '#be123c'];

/** A user's first letter on a color of his own. */
export function Avatar({ username, large }: { username: string; large?: boolean }) {
  const sum = [...username].reduce((n, c) => (n * 31 + c.charCodeAt(0)) % 9973, 7);
  return (
    <svg class={large ? 'face large' : 'face'} viewBox="0 0 40 40" aria-hidden="true">
      <circle cx="20" cy="20" r="20" fill={COLORS[sum % COLORS.length]} />
      <text x="20" y="20" dy="0.36em" text-anchor="middle" fill="#fff">
        {username.slice(0, 1).toUpperCase()}
      </text>
    </svg>
  );
}
