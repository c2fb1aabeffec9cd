import { Module } from '@nestjs/common';
import { AccessTokens } from './accounts/access_tokens.js';
import { AccountsController } from './accounts/accounts.controller.js';
import { Authors } from './accounts/authors.js';
import { CatalogController } from './catalog/catalog.controller.js';
import { Catalog } from './catalog/catalog.js';
import { Subjects } from './catalog/subjects.js';
import { CommentsController } from './comments/comments.controller.js';
import { Comments } from './comments/comments.js';
import { EngagementController } from './engagement/engagement.controller.js';
import { Likes } from './engagement/likes.js';
import { Views } from './engagement/views.js';
import { FeedController } from './feed/feed.controller.js';
import { Feed } from './feed/feed.js';
import { Heads } from './feed/heads.js';
import { HealthController } from './health.controller.js';
import { Jobs } from './jobs.js';

@Module({
  controllers: [
    AccountsController,
    CatalogController,
    CommentsController,
    EngagementController,
    FeedController,
    HealthController,
  ],
  providers: [AccessTokens, Authors, Catalog, Comments, Feed, Heads, Jobs, Likes, Subjects, Views],
})
export class AppModule {}
