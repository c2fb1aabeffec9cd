import { Injectable } from '@nestjs/common';
import { BoundedMap } from '../base/bounded_map.js';
import { Gathering } from '../base/gathering.js';
import { encodeId, idList, type Id } from '../base/ids.js';
import { reads } from '../engines/postgres.js';
import type { Viewer } from './access_tokens.js';

/** A user as the JSON of what he wrote shows him. Names need no escapes. */
export function authorText({ id, username }: Viewer): string {
  return `{"id":"${encodeId(id)}","username":"${username}"}`;
}

/** Users' names never change. */
@Injectable()
export class Authors {
  private readonly known = new BoundedMap<Id, string>(100_000);
  private readonly reader = new Gathering<Id, string>(1000, async (ids) => {
    const rows = await reads<Viewer[]>`
      select id, username from users where id = any(${idList(new Set(ids))}::bigint[])`;
    for (const row of rows) this.known.set(row.id, authorText(row));
    return ids.map((id) => this.known.get(id) ?? 'null');
  });

  /** Already known, or read together with what others ask for. */
  text(id: Id): string | Promise<string> {
    return this.known.get(id) ?? this.reader.ask(id);
  }
}
