import { Injectable } from '@nestjs/common';
import { BoundedMap } from '../base/bounded_map.js';
import type { Id } from '../base/ids.js';
import { jobs } from '../engines/postgres.js';
import { redis } from '../engines/redis.js';

const LENGTH = 1000;
const LIFE_SECONDS = 2 * 3600;
const CURRENT_MS = 1000;
const KEPT = 256;

export interface Head {
  id: string;
  hot: Order;
  mixed: Order;
}

export interface Order {
  ids: Id[];
  contains: Set<Id>;
}

interface Lists {
  hot: Id[];
  newest: Id[];
}

const keyOf = (id: string) => `feed:head:${id}`;

/** Two hot ones, then a new one, and so on to the end of both, each once. */
function mix({ hot, newest }: Lists): Id[] {
  const mixed = new Set<Id>();
  let nextHot = 0;
  let nextNew = 0;
  while (nextHot < hot.length || nextNew < newest.length) {
    for (let taken = 0; taken < 2 && nextHot < hot.length; nextHot++) {
      if (mixed.has(hot[nextHot]!)) continue;
      mixed.add(hot[nextHot]!);
      taken++;
    }
    for (let taken = 0; taken < 1 && nextNew < newest.length; nextNew++) {
      if (mixed.has(newest[nextNew]!)) continue;
      mixed.add(newest[nextNew]!);
      taken++;
    }
  }
  return [...mixed];
}

const orderOf = (ids: Id[]): Order => ({ ids, contains: new Set(ids) });

/** Snapshots of the feed's order in Redis, so that a walk has an order that does not change under it. */
@Injectable()
export class Heads {
  private readonly kept = new BoundedMap<string, Promise<Head | undefined>>(KEPT);
  private latest: Promise<Head> | undefined;
  private latestSince = 0;
  private written = '';

  /** At most a second old. */
  current(): Promise<Head> {
    const now = performance.now();
    if (!this.latest || now - this.latestSince > CURRENT_MS) {
      this.latestSince = now;
      this.latest = this.findCurrent();
      this.latest.catch(() => (this.latest = undefined));
    }
    return this.latest;
  }

  /** Nothing where it is gone, two hours after it was written last. */
  find(id: string): Promise<Head | undefined> {
    let head = this.kept.get(id);
    if (!head) {
      head = this.load(id);
      this.kept.set(id, head);
      head.then(
        (found) => found ?? this.kept.delete(id),
        () => this.kept.delete(id),
      );
    }
    return head;
  }

  /** Writes a head where the order has changed. */
  async renew(): Promise<void> {
    const lists: Lists = await this.readLists();
    const text = JSON.stringify(lists);
    const current = await redis.get('feed:head');
    if (text === this.written && current) {
      await redis.expire(keyOf(current), LIFE_SECONDS);
      return;
    }
    const id = Date.now().toString(36);
    await redis.set(keyOf(id), text, 'EX', LIFE_SECONDS);
    await redis.set('feed:head', id);
    this.written = text;
  }

  private async readLists(): Promise<Lists> {
    const idsOf = (rows: { id: Id }[]) => rows.map((row) => row.id);
    const hot = await jobs<{ id: Id }[]>`
      select id from videos where status = 'ready' and visibility = 'public'
      order by hot_score desc, id desc limit ${LENGTH}`;
    const newest = await jobs<{ id: Id }[]>`
      select id from videos where status = 'ready' and visibility = 'public'
      order by published_at desc, id desc limit ${LENGTH}`;
    return { hot: idsOf(hot), newest: idsOf(newest) };
  }

  private async findCurrent(): Promise<Head> {
    const id = await redis.get('feed:head');
    const head = id === null ? undefined : await this.find(id);
    if (!head) throw new Error('there is no head of the feed yet');
    return head;
  }

  private async load(id: string): Promise<Head | undefined> {
    const text = await redis.get(keyOf(id));
    if (text === null) return undefined;
    const lists = JSON.parse(text) as Lists;
    return { id, hot: orderOf(lists.hot), mixed: orderOf(mix(lists)) };
  }
}
