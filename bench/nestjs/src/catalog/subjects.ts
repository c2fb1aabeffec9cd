import { Injectable } from '@nestjs/common';
import { Gathering } from '../base/gathering.js';
import { idList, type Id } from '../base/ids.js';
import type { Viewer } from '../accounts/access_tokens.js';
import { reads } from '../engines/postgres.js';
import { videoNotFound } from '../http/problem.js';

/** What is watched, liked or commented. */
export interface Subject {
  id: Id;
  user_id: Id;
  visibility: string;
  playable: boolean;
  duration: number | null;
  view_count: string;
}

@Injectable()
export class Subjects {
  private readonly reader = new Gathering<Id, Subject | undefined>(256, async (ids) => {
    const rows = await reads<Subject[]>`
      select id, user_id, visibility, playable_at is not null as playable, duration, view_count
      from videos where id = any(${idList(new Set(ids))}::bigint[])`;
    const found = new Map(rows.map((row) => [row.id, row]));
    return ids.map((id) => found.get(id));
  });

  async findVisible(id: Id, viewer: Viewer | null): Promise<Subject> {
    const subject = await this.reader.ask(id);
    const isOwn = subject?.user_id === viewer?.id;
    if (!subject || !(isOwn || (subject.playable && subject.visibility !== 'private'))) throw videoNotFound();
    return subject;
  }
}
