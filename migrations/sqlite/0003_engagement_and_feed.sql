-- Views become an append-only log whose sums move into the counters of videos once a second (features/engagement).
create table view_log (
  seq         integer primary key autoincrement,  -- never used twice, also when the newest rows are gone
  video_id    integer not null,  -- no foreign key: a row of a deleted video counts nothing, and goes with its time
  user_id     integer,           -- where the viewer is signed in
  viewer      text    not null,  -- who watched: a user's id, or a keyed hash
  network     text    not null,  -- a keyed hash of the address's network
  starts      integer not null,  -- what this report added: 0 or 1, as the next two
  views       integer not null,
  completions integer not null,
  watched_ms  integer not null,
  created_at  integer not null
);
create index view_log_time on view_log (created_at);

-- How far the log has been counted, and in how many batches. One row.
create table view_sync (
  id       integer primary key check (id = 1),
  last_seq integer not null,
  batch    integer not null
);

-- The views of the last half hour keep their viewers from being counted twice; all are in the counters already.
insert into view_log (video_id, viewer, network, starts, views, completions, watched_ms, created_at)
select video_id, viewer, '', 1, 1, 0, watched_ms, created_at from views
where created_at > (select max(created_at) from views) - 1800000000 order by created_at;
insert into view_sync select 1, coalesce(max(seq), 0), 0 from view_log;

-- What a user has been shown to have seen, and since which batch: feeds show the rest first.
create table seen (
  user_id  integer not null references users (id) on delete cascade,
  video_id integer not null references videos (id) on delete cascade,
  batch    integer not null,
  primary key (user_id, video_id)
) without rowid;
create index seen_video on seen (video_id);

alter table videos add column start_count integer not null default 0;
alter table videos add column completion_count integer not null default 0;
alter table videos add column watched_ms integer not null default 0;
update videos set start_count = view_count,
  watched_ms = coalesce((select sum(v.watched_ms) from views v where v.video_id = videos.id), 0);
drop table views;

-- The hot score (features/videos/hot_score.cpp says how it is made) and what publishing alone gives, below which it does
-- not fall; likes and comments keep the term that they added. Here ln 2 / one day, since 2024-01-01 UTC.
alter table videos add column hot_score real;
alter table videos add column hot_floor real;
alter table likes add column hot_term real not null default 0;
alter table comments add column hot_term real not null default 0;
update likes set hot_term = ln(5) + ln(2) / 86400 * (created_at / 1e6 - 1704067200);
update comments set hot_term = ln(10) + ln(2) / 86400 * (created_at / 1e6 - 1704067200);
update videos set hot_floor = ln(2) / 86400 * (published_at / 1e6 - 1704067200) where published_at is not null;
update videos set hot_score = hot_floor + ln(1 + view_count
  + (select coalesce(sum(exp(min(hot_term - hot_floor, 700))), 0) from likes l where l.video_id = videos.id)
  + (select coalesce(sum(exp(min(hot_term - hot_floor, 700))), 0) from comments c where c.video_id = videos.id))
where hot_floor is not null;
create index videos_hot on videos (hot_score desc, id desc) where status = 'ready' and visibility = 'public';

-- Snapshots of the order of hot and new videos, for walks from page to page. One is current.
create table feed_heads (
  id            integer primary key,
  hot           text    not null,  -- ids of 11 characters, one after the other
  newest        text    not null,
  created_at    integer not null,
  superseded_at integer            -- when another took its place; it is kept for the walks that began with it
);
create unique index feed_heads_current on feed_heads ((superseded_at is null)) where superseded_at is null;
create index feed_heads_superseded on feed_heads (superseded_at);
