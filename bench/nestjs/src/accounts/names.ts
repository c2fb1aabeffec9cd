import { Injectable } from '@nestjs/common';
import { BoundedMap } from '../base/bounded_map.js';
import { Gathering } from '../base/gathering.js';
import { idList, type Id } from '../base/ids.js';
import { reads } from '../engines/postgres.js';

/** Users' names, which never change. */
@Injectable()
export class Names {
  private readonly known = new BoundedMap<Id, string>(100_000);
  private readonly reader = new Gathering<Id, string>(1000, async (ids) => {
    const rows = await reads<{ id: Id; username: string }[]>`
      select id, username from users where id = any(${idList(new Set(ids))}::bigint[])`;
    for (const { id, username } of rows) this.known.set(id, username);
    return ids.map((id) => this.known.get(id) ?? '');
  });

  async of(ids: Id[]): Promise<string[]> {
    const names = ids.map((id) => this.known.get(id));
    if (names.every((name) => name !== undefined)) return names;
    return Promise.all(ids.map((id, i) => names[i] ?? this.reader.ask(id)));
  }
}
