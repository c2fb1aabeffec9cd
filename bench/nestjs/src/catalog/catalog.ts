import { Injectable } from '@nestjs/common';
import { BoundedMap } from '../base/bounded_map.js';
import { Gathering } from '../base/gathering.js';
import type { Id } from '../base/ids.js';
import { videoNotFound } from '../http/problem.js';
import { readCards, readListingChanges, readStates, type CardState } from './card_rows.js';
import { completeText, lastingText } from './card_text.js';
import { mediaWindow } from './playback.js';

const HELD_MS = 1000;
const MOST_CHANGES = 1000; // where there are more, no card is held any longer
const CARDS = 8192;

interface Lasting {
  rev: string | null;
  edits: string;
  window: number;
  text: string;
}

interface Held {
  card: Buffer;
  since: number;
}

const isListed = (state: CardState) => state.status === 'ready' && state.visibility === 'public';

/** Of at most sixteen pages a statement: one of hundreds of rows would keep everybody behind it waiting. */
function gatherById<R extends { id: Id }>(read: (ids: Iterable<Id>) => PromiseLike<R[]>) {
  return new Gathering<Id[], Map<Id, R>>(16, async (questions) => {
    const rows = await read(new Set(questions.flat()));
    const found = new Map(rows.map((row) => [row.id, row]));
    return questions.map(() => found);
  });
}

/** Videos as who is not signed in sees them. */
@Injectable()
export class Catalog {
  private readonly lasting = new BoundedMap<Id, Lasting>(CARDS);
  private readonly held = new BoundedMap<Id, Held>(CARDS);
  private followed = '-1'; // the latest change that the held cards are free of
  private changes = 0;
  private readonly states = gatherById(readStates);
  private readonly rows = gatherById(readCards);
  private readonly following = new Gathering<void, void>(1024, async (questions) => {
    await this.followChanges();
    return questions;
  });

  async card(id: Id): Promise<string> {
    const state = (await this.states.ask([id])).get(id);
    if (!state || state.rev === null || state.visibility === 'private') throw videoNotFound();
    const [text] = await this.texts([state]);
    if (text === undefined) throw videoNotFound();
    return text;
  }

  /** In the order of `ids`, of those that are listed. Counts may be a second old, but what was taken back is gone. */
  async listedCards(ids: Id[]): Promise<Buffer[]> {
    await this.following.ask();
    const now = performance.now();
    const cards = ids.map((id) => this.heldCard(id, now));
    const missing = ids.filter((_, i) => cards[i] === undefined);
    if (missing.length > 0) {
      const made = await this.make(missing, now);
      ids.forEach((id, i) => (cards[i] ??= made.get(id)));
    }
    return cards.filter((card) => card !== undefined);
  }

  private heldCard(id: Id, now: number): Buffer | undefined {
    const found = this.held.get(id);
    return found && now - found.since < HELD_MS ? found.card : undefined;
  }

  private async make(ids: Id[], now: number): Promise<Map<Id, Buffer>> {
    const changes = this.changes;
    const found = await this.states.ask(ids);
    const states = ids.flatMap((id) => found.get(id) ?? []).filter(isListed);
    const texts = await this.texts(states);
    const made = new Map<Id, Buffer>();
    states.forEach(({ id }, i) => {
      const text = texts[i];
      if (text === undefined) return;
      const card = Buffer.from(text);
      made.set(id, card);
      // What was read before a change was noticed may be older than it.
      if (changes === this.changes) this.held.set(id, { card, since: now });
    });
    return made;
  }

  private async texts(states: CardState[]): Promise<(string | undefined)[]> {
    const window = mediaWindow();
    const texts = states.map((state) => {
      const known = this.lasting.get(state.id);
      const fits = known && known.rev === state.rev && known.edits === state.edits && known.window === window;
      return fits ? known.text : undefined;
    });
    const missing = states.filter((_, i) => texts[i] === undefined);
    if (missing.length > 0) {
      const made = await this.rows.ask(missing.map((state) => state.id));
      states.forEach((state, i) => {
        const row = made.get(state.id);
        if (!row || row.visibility !== state.visibility || row.status !== state.status) return;
        texts[i] = lastingText(row, window);
        this.lasting.set(row.id, { rev: row.rev, edits: row.edits, window, text: texts[i] });
      });
    }
    return states.map((state, i) => texts[i] && completeText(texts[i], state));
  }

  private async followChanges(): Promise<void> {
    const rows = await readListingChanges(this.followed, MOST_CHANGES);
    if (rows.length === 0) return;
    this.changes++;
    if (rows.length === MOST_CHANGES) this.held.clear();
    for (const row of rows) this.held.delete(row.video_id);
    this.followed = rows[0]!.number;
  }
}
