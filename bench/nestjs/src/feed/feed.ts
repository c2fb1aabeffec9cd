import { Injectable } from '@nestjs/common';
import type { Id } from '../base/ids.js';
import { Catalog } from '../catalog/catalog.js';
import { reads } from '../engines/postgres.js';
import { NEWEST, openCursor, sealCursor, type Keyset } from '../http/cursor.js';
import { invalidField, Problem } from '../http/problem.js';
import { Heads, type Order } from './heads.js';

const FIRST_PAGE_MS = 1000;
const MOST_LOOKS = 100; // for a page; only pages full of what is gone take more than a few
const TAIL_LOOK = 200; // candidates that are read together where some are passed over

export type Kind = 'mixed' | 'new' | 'hot';

export function kindOf(text: string | undefined): Kind {
  if (text === undefined || text === 'mixed') return 'mixed';
  if (text === 'new' || text === 'hot') return text;
  throw invalidField('kind', 'must be one of mixed, new, hot.');
}

interface Walk {
  head: string; // '-' where the kind has none
  order: Order | undefined;
  next: number;
  tail: Keyset;
  over: boolean;
}

interface FirstPage {
  since: number;
  bytes: Promise<Buffer>;
}

/** Twenty copies of bytes cost a quarter of what one string of all, and its encoding, do. */
function joinedPage(cards: Buffer[], next: string): Buffer {
  const start = '{"items":[';
  const end = `],"next_cursor":${next}}`;
  const size = cards.reduce(
    (sum, card) => sum + card.length,
    start.length + end.length + Math.max(0, cards.length - 1),
  );
  const page = Buffer.allocUnsafeSlow(size);
  let at = page.write(start, 'latin1');
  cards.forEach((card, i) => {
    if (i > 0) page[at++] = 0x2c; // a comma
    page.set(card, at);
    at += card.length;
  });
  page.write(end, at, 'latin1');
  return page;
}

/** Pages for who is not signed in. `new` goes by time; the others follow a head first, and then go on as `new` does. */
@Injectable()
export class Feed {
  private readonly firstPages = new Map<string, FirstPage>();

  constructor(
    private readonly catalog: Catalog,
    private readonly heads: Heads,
  ) {}

  /** Held whole for a second, as the bytes that go to the socket. */
  firstPage(kind: Kind, limit: number): Promise<Buffer> {
    const key = `${kind}|${limit}`;
    const now = performance.now();
    const held = this.firstPages.get(key);
    if (held && now - held.since < FIRST_PAGE_MS) return held.bytes;
    const bytes = this.makeFirstPage(kind, limit);
    this.firstPages.set(key, { since: now, bytes });
    bytes.catch(() => this.firstPages.delete(key));
    return bytes;
  }

  async furtherPage(kind: Kind, limit: number, cursor: string): Promise<Buffer> {
    return this.page(kind, limit, await this.resume(kind, cursor));
  }

  private async makeFirstPage(kind: Kind, limit: number): Promise<Buffer> {
    return this.page(kind, limit, await this.begin(kind));
  }

  private async begin(kind: Kind): Promise<Walk> {
    const walk = { head: '-', order: undefined, next: 0, tail: NEWEST, over: false };
    if (kind === 'new') return walk;
    const head = await this.heads.current();
    return { ...walk, head: head.id, order: head[kind] };
  }

  private async resume(kind: Kind, cursor: string): Promise<Walk> {
    const [id, next, time, last] = openCursor(`feed|${kind}`, cursor).split('|');
    const walk = {
      head: id!,
      order: undefined,
      next: Number(next),
      tail: { time: time!, id: last! },
      over: false,
    };
    if (kind === 'new') return walk;
    const head = await this.heads.find(walk.head);
    if (!head)
      throw new Problem(410, 'cursor_expired', 'This walk is too old; begin again without a cursor.');
    return { ...walk, order: head[kind] };
  }

  private async page(kind: Kind, limit: number, walk: Walk): Promise<Buffer> {
    const cards: Buffer[] = [];
    for (let look = 0; look < MOST_LOOKS && cards.length < limit && !walk.over; look++) {
      const ids = await this.step(walk, limit - cards.length);
      cards.push(...(await this.catalog.listedCards(ids)));
    }
    const position = `${walk.head}|${walk.next}|${walk.tail.time}|${walk.tail.id}`;
    const next = walk.over ? 'null' : `"${sealCursor(`feed|${kind}`, position)}"`;
    return joinedPage(cards, next);
  }

  /** The next ids, at most `count`; moves the walk on, and knows whether there are more. */
  private async step(walk: Walk, count: number): Promise<Id[]> {
    const order = walk.order;
    if (order && walk.next < order.ids.length) {
      const ids = order.ids.slice(walk.next, walk.next + count);
      walk.next += ids.length;
      return ids;
    }
    const limit = order ? Math.max(TAIL_LOOK, count + 1) : count + 1;
    const rows = await this.readNewest(walk.tail, limit);
    const ids: Id[] = [];
    for (const row of rows) {
      const wanted = !order?.contains.has(row.id);
      if (wanted && ids.length === count) return ids;
      walk.tail = row;
      if (wanted) ids.push(row.id);
    }
    walk.over = rows.length < limit;
    return ids;
  }

  private readNewest(after: Keyset, limit: number) {
    return reads<Keyset[]>`
      select published_at as time, id from videos
      where status = 'ready' and visibility = 'public'
        and (published_at, id) < (${after.time}::timestamptz, ${after.id}::bigint)
      order by published_at desc, id desc limit ${limit}`;
  }
}
