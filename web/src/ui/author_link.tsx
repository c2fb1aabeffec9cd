import { go, pathOf, type Route } from '../route';

/** A user's name, which leads to his page; a real link, to be copied or opened in another tab. */
export function AuthorLink({ username }: { username: string }) {
  const route: Route = { view: 'profile', username };
  return (
    <a
      class="author"
      href={pathOf(route)}
      onClick={(event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        go(route);
      }}
    >
      @{username}
    </a>
  );
}
