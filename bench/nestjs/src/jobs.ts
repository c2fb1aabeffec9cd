import { Injectable, Logger } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { syncLikes, syncViews } from './engagement/sync.js';
import { Heads } from './feed/heads.js';

const SYNC_MS = 1000;
const HEAD_MS = 5000;

/** What one process does in the background. */
@Injectable()
export class Jobs {
  private readonly logger = new Logger('jobs');

  constructor(private readonly heads: Heads) {}

  async start(): Promise<void> {
    await this.heads.renew();
    void this.repeat(HEAD_MS, () => this.heads.renew());
    void this.repeat(SYNC_MS, syncViews);
    void this.repeat(SYNC_MS, async () => {
      while (await syncLikes());
    });
  }

  private async repeat(pause: number, work: () => Promise<void>): Promise<never> {
    while (true) {
      await sleep(pause);
      await work().catch((error: Error) => this.logger.error(error.stack));
    }
  }
}
