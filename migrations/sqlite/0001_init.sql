-- Times are integer microseconds since 1970 UTC. Ids are random (src/base/ids.hpp), not sequences.

create table users (
  id            integer primary key,
  username      text    not null,
  email         text    not null unique,  -- in lower case
  password_hash text    not null,
  created_at    integer not null
);
create unique index users_username_key on users (lower(username));

-- One row a token ever issued. A family is one sign-in; it ends when its rows are gone.
create table refresh_tokens (
  token_hash text    primary key,
  family_id  integer not null,
  user_id    integer not null references users (id) on delete cascade,
  issued_at  integer not null,
  expires_at integer not null,
  rotated_at integer
) without rowid;
create index refresh_tokens_family on refresh_tokens (family_id);
create index refresh_tokens_user on refresh_tokens (user_id);
create index refresh_tokens_expiry on refresh_tokens (expires_at);

create table videos (
  id             integer primary key,
  user_id        integer not null references users (id),
  title          text    not null,
  description    text    not null,
  visibility     text    not null check (visibility in ('public', 'unlisted', 'private')),
  status         text    not null check (status in ('uploading', 'processing', 'ready', 'failed')),
  progress       integer,           -- percent, while it is processed
  failure_code   text,
  failure_detail text,
  rev            text,              -- the published revision
  video_url      text,              -- object key of the master playlist
  thumbnail_url  text,              -- object key of the poster
  preview_url    text,              -- object key of the preview's WebVTT file
  duration       real,              -- seconds
  width          integer,
  height         integer,
  view_count     integer not null default 0,
  like_count     integer not null default 0,
  comment_count  integer not null default 0,
  created_at     integer not null,
  playable_at    integer,           -- when a first revision was published
  published_at   integer            -- when the whole ladder was
);
create index videos_feed on videos (published_at desc, id desc) where status = 'ready' and visibility = 'public';
create index videos_by_user on videos (user_id, created_at desc, id desc);

-- The renditions of the published revision.
create table video_files (
  id       integer primary key,
  video_id integer not null references videos (id) on delete cascade,
  quality  text    not null,
  file_url text    not null,        -- object key
  width    integer not null,
  height   integer not null,
  bitrate  integer not null,        -- average, bits a second
  unique (video_id, quality)
);

-- Objects that are to go once they are due (features/reclaim).
create table doomed_objects (
  prefix   text    primary key,
  due_at   integer not null,
  sweeping integer not null          -- 1: their removal has begun, so they cannot be spared any more
) without rowid;
create index doomed_objects_due on doomed_objects (due_at);

create table uploads (
  video_id     integer primary key references videos (id) on delete cascade,
  object_key   text    not null,    -- where the client's signed URL writes
  filename     text    not null,
  content_type text    not null,
  size         integer not null,    -- bytes, as signed
  status       text    not null check (status in ('open', 'completed')),
  created_at   integer not null,
  expires_at   integer not null,
  next_look_at integer not null,    -- when the sweeper looks whether it was completed without a word
  completed_at integer
);
create index uploads_open on uploads (next_look_at) where status = 'open';

create table jobs (
  id               integer primary key,
  kind             text    not null,
  video_id         integer not null references videos (id) on delete cascade,
  payload          text    not null,  -- for transcode: the original's object key
  state            text    not null check (state in ('queued', 'running', 'done', 'quarantined')),
  attempts         integer not null default 0,
  run_at           integer not null,
  lease_token      text,
  lease_expires_at integer,
  last_error       text,
  created_at       integer not null,
  finished_at      integer
);
create index jobs_queued on jobs (run_at, id) where state = 'queued';
create index jobs_running on jobs (lease_expires_at) where state = 'running';
create index jobs_video on jobs (video_id);

create table views (
  id         integer primary key,
  video_id   integer not null references videos (id) on delete cascade,
  viewer     text    not null,      -- a user's id, or a keyed hash of an address
  watched_ms integer not null,
  created_at integer not null
);
create index views_window on views (video_id, viewer, created_at);

create table likes (
  user_id    integer not null references users (id) on delete cascade,
  video_id   integer not null references videos (id) on delete cascade,
  created_at integer not null,
  primary key (user_id, video_id)
) without rowid;
create index likes_video on likes (video_id);

create table comments (
  id         integer primary key,
  video_id   integer not null references videos (id) on delete cascade,
  user_id    integer not null references users (id) on delete cascade,
  content    text    not null,
  created_at integer not null
);
create index comments_newest on comments (video_id, created_at desc, id desc);
create index comments_user on comments (user_id);
