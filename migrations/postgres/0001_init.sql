-- The same tables and columns as in SQLite (migrations/sqlite). Ids are random (src/base/ids.hpp), not sequences.

-- What both engines know; SQLite's adapter has them built in.
create function seconds_from_now(seconds double precision) returns timestamptz
  language sql stable parallel safe as 'select now() + seconds * interval ''1 second''';
create function unix_now() returns double precision
  language sql stable parallel safe as 'select extract(epoch from now())::double precision';

-- Makes an error, which undoes the transaction, of another number of rows than a statement must touch.
create function luot_require_rows(touched bigint, required bigint) returns void language plpgsql as $$
begin
  if touched <> required then
    raise exception 'touched % rows, not %', touched, required using errcode = 'LU001';
  end if;
end $$;

create table users (
  id            bigint      primary key,
  username      text        not null,
  email         text        not null unique,  -- in lower case
  password_hash text        not null,
  created_at    timestamptz not null
);
create unique index users_username_key on users (lower(username));

-- One row a token ever issued. A family is one sign-in; it ends when its rows are gone.
create table refresh_tokens (
  token_hash text        primary key,
  family_id  bigint      not null,
  user_id    bigint      not null references users (id) on delete cascade,
  issued_at  timestamptz not null,
  expires_at timestamptz not null,
  rotated_at timestamptz
);
create index refresh_tokens_family on refresh_tokens (family_id);
create index refresh_tokens_user on refresh_tokens (user_id);
create index refresh_tokens_expiry on refresh_tokens (expires_at);

-- Counters change with every view and like: room in each page keeps the new row beside the old, and out of the indexes
-- that hold no counter.
create table videos (
  id               bigint           primary key,
  user_id          bigint           not null references users (id),
  title            text             not null,
  description      text             not null,
  visibility       text             not null check (visibility in ('public', 'unlisted', 'private')),
  status           text             not null check (status in ('uploading', 'processing', 'ready', 'failed')),
  stage            text             check (stage in ('probing', 'transcoding')),  -- what a worker does, if one does
  progress         bigint,          -- percent, while it is processed
  failure_code     text,
  failure_detail   text,
  rev              text,            -- the published revision
  video_url        text,            -- object key of the master playlist
  thumbnail_url    text,            -- object key of the poster
  preview_url      text,            -- object key of the preview's WebVTT file
  duration         double precision,  -- seconds
  width            bigint,
  height           bigint,
  view_count       bigint           not null default 0,
  like_count       bigint           not null default 0,
  comment_count    bigint           not null default 0,
  start_count      bigint           not null default 0,
  completion_count bigint           not null default 0,
  watched_ms       bigint           not null default 0,
  edits            bigint           not null default 0,  -- how often title, description or visibility were changed
  hot_score        double precision,  -- features/videos says how it is made
  hot_floor        double precision,  -- what publishing alone gives
  created_at       timestamptz      not null,
  playable_at      timestamptz,     -- when a first revision was published
  published_at     timestamptz      -- when the whole ladder was
) with (fillfactor = 80);
create index videos_feed on videos (published_at desc, id desc) where status = 'ready' and visibility = 'public';
create index videos_hot on videos (hot_score desc, id desc) where status = 'ready' and visibility = 'public';
create index videos_by_user on videos (user_id, created_at desc, id desc);

-- The renditions of the published revision.
create table video_files (
  id       bigint generated always as identity primary key,
  video_id bigint not null references videos (id) on delete cascade,
  quality  text   not null,
  file_url text   not null,         -- object key
  width    bigint not null,
  height   bigint not null,
  bitrate  bigint not null,         -- average, bits a second
  unique (video_id, quality)
);

-- Objects that are to go once they are due (features/reclaim).
create table doomed_objects (
  prefix   text        primary key,
  due_at   timestamptz not null,
  sweeping bigint      not null     -- 1: their removal has begun, so they cannot be spared any more
);
create index doomed_objects_due on doomed_objects (due_at);

create table uploads (
  video_id     bigint      primary key references videos (id) on delete cascade,
  object_key   text        not null,  -- where the client's signed URL writes
  filename     text        not null,
  content_type text        not null,
  size         bigint      not null,  -- bytes, as signed
  status       text        not null check (status in ('open', 'completed')),
  created_at   timestamptz not null,
  expires_at   timestamptz not null,
  next_look_at timestamptz not null,  -- when the sweeper looks whether it was completed without a word
  completed_at timestamptz,
  part_size    bigint,                -- uploads in parts: bytes of each part but the last
  part_count   bigint,
  store_id     text                   -- how the store names it, once a part was asked for
);
create index uploads_open on uploads (next_look_at) where status = 'open';

-- What each user began to upload in the last day, whatever became of it: quotas count it. Older rows are removed.
create table uploads_begun (
  user_id  bigint      not null references users (id) on delete cascade,
  begun_at timestamptz not null,
  video_id bigint      not null,      -- which may be gone
  size     bigint      not null,      -- bytes, as announced
  primary key (user_id, begun_at, video_id)
);
create index uploads_begun_age on uploads_begun (begun_at);

create table jobs (
  id               bigint      primary key,
  kind             text        not null,
  video_id         bigint      not null references videos (id) on delete cascade,
  payload          text        not null,  -- for transcode: the original's object key
  state            text        not null check (state in ('queued', 'running', 'done', 'quarantined')),
  attempts         bigint      not null default 0,
  run_at           timestamptz not null,
  lease_token      text,
  lease_expires_at timestamptz,
  last_error       text,
  created_at       timestamptz not null,
  finished_at      timestamptz
);
create index jobs_queued on jobs (run_at, id) where state = 'queued';
create index jobs_running on jobs (lease_expires_at) where state = 'running';
create index jobs_video on jobs (video_id);

create table likes (
  user_id    bigint           not null references users (id) on delete cascade,
  video_id   bigint           not null references videos (id) on delete cascade,
  created_at timestamptz      not null,
  hot_term   double precision not null default 0,  -- what it added to the hot score
  primary key (user_id, video_id)
);
create index likes_video on likes (video_id);

create table comments (
  id         bigint           primary key,
  video_id   bigint           not null references videos (id) on delete cascade,
  user_id    bigint           not null references users (id) on delete cascade,
  content    text             not null,
  created_at timestamptz      not null,
  hot_term   double precision not null default 0
);
create index comments_newest on comments (video_id, created_at desc, id desc);
create index comments_user on comments (user_id);

-- Views are an append-only log whose sums move into the counters of videos once a second (features/engagement).
create sequence view_log_seq;

-- Numbers are not given in the order of commits: whoever counts the log waits until no transaction is under way that
-- may hold a number below the newest that he has seen (docs/decisions/0014-read-committed.md).
create function luot_next_report() returns bigint language plpgsql as $$
begin
  perform pg_advisory_xact_lock_shared(1819631476, 1);
  return nextval('view_log_seq');
end $$;
create function luot_reports_settled() returns boolean language plpgsql as $$
begin
  perform pg_advisory_xact_lock(1819631476, 1);
  return true;
end $$;

create table view_log (
  seq         bigint      primary key default luot_next_report(),
  video_id    bigint      not null,  -- no foreign key: a row of a deleted video counts nothing, and goes with its time
  user_id     bigint,                -- where the viewer is signed in
  viewer      text        not null,  -- who watched: a user's id, or a keyed hash
  network     text        not null,  -- a keyed hash of the address's network
  starts      integer     not null,  -- what this report added: 0 or 1, as the next two
  views       integer     not null,
  completions integer     not null,
  watched_ms  bigint      not null,
  created_at  timestamptz not null
);
alter sequence view_log_seq owned by view_log.seq;
create index view_log_time on view_log (created_at);

-- How far the log has been counted, and in how many batches. One row.
create table view_sync (
  id       bigint primary key check (id = 1),
  last_seq bigint not null,
  batch    bigint not null
);
insert into view_sync values (1, 0, 0);

-- What a user has been shown to have seen, and since which batch: feeds show the rest first.
create table seen (
  user_id  bigint not null references users (id) on delete cascade,
  video_id bigint not null references videos (id) on delete cascade,
  batch    bigint not null,
  primary key (user_id, video_id)
);
create index seen_video on seen (video_id);

-- Snapshots of the order of hot and new videos, for walks from page to page. One is current.
create table feed_heads (
  id            bigint      primary key,
  hot           text        not null,  -- ids of 11 characters, one after the other
  newest        text        not null,
  created_at    timestamptz not null,
  superseded_at timestamptz            -- when another took its place; it is kept for the walks that began with it
);
create unique index feed_heads_current on feed_heads ((superseded_at is null)) where superseded_at is null;
create index feed_heads_superseded on feed_heads (superseded_at);
