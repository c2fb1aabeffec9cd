-- As much as a product of some size has. Foreign keys are not looked at while it is filled, nor is a disk waited for.
set session_replication_role = replica;
set synchronous_commit = off;

insert into users (id, username, email, password_hash, created_at)
select i, 'user' || i, 'user' || i || '@example.org', 'x', now() - i * interval '1 minute' from generate_series(1, 20000) i;

insert into videos (id, user_id, title, description, visibility, status, rev, view_count, hot_score, hot_floor, created_at,
  playable_at, published_at)
select i, 1 + i % 20000, 'title ' || i, 'description', case when i % 10 = 0 then 'private' else 'public' end,
  case when i % 20 = 0 then 'processing' else 'ready' end, 'r' || i, i % 1000, random() * 1000, 0,
  now() - i * interval '1 minute', now() - i * interval '1 minute', now() - i * interval '1 minute'
from generate_series(1, 100000) i;

insert into video_files (video_id, quality, file_url, width, height, bitrate)
select i, q || 'p', 'videos/' || i || '/' || q, q, q, 1000 from generate_series(1, 100000) i, unnest(array[240, 480, 720]) q;

alter table likes drop constraint likes_pkey;
drop index likes_video;
insert into likes (user_id, video_id, created_at)
select 1 + i % 20000, 1 + (i / 20000 * 1999 + i % 20000 * 7) % 100000, now() from generate_series(0, 999999) i;
alter table likes add primary key (user_id, video_id);
create index likes_video on likes (video_id);

drop index comments_newest, comments_user;
insert into comments (id, video_id, user_id, content, created_at)
select i, 1 + i * 31 % 100000, 1 + i % 20000, 'nice', now() - i * interval '1 second' from generate_series(1, 500000) i;
create index comments_newest on comments (video_id, created_at desc, id desc);
create index comments_user on comments (user_id);

insert into view_log (seq, video_id, user_id, viewer, network, starts, views, completions, watched_ms, created_at)
select i, 1 + i % 100000, 1 + i % 20000, 'u' || i % 20000, 'n', 1, 1, 0, 5000, now() - (100001 - i) * interval '1 second'
from generate_series(1, 100000) i;
select setval('view_log_seq', 100000);
update view_sync set last_seq = 99000, batch = 1000;

insert into seen (user_id, video_id, batch)
select 1 + i % 20000, 1 + (i / 20000 * 1999 + i % 20000 * 7) % 100000, i / 200 from generate_series(0, 199999) i;

insert into refresh_tokens (token_hash, family_id, user_id, issued_at, expires_at, rotated_at)
select md5(i::text), i / 5, 1 + i % 20000, now() - i * interval '1 minute', now() + (i - 1000) * interval '1 minute',
  case when i % 5 > 0 then now() end
from generate_series(1, 100000) i;

insert into view_batches (id, added_at)
select gen_random_uuid()::text, now() - n * interval '1 second' from generate_series(1, 100000) n;

insert into doomed_objects (prefix, due_at, sweeping)
select 'originals/' || i || '/', now() + (i - 100) * interval '1 minute', 0 from generate_series(1, 100000) i;

insert into uploads (video_id, object_key, filename, content_type, size, status, created_at, expires_at, next_look_at)
select i, 'k' || i, 'f', 'video/mp4', 1, case when i % 100 = 0 then 'open' else 'completed' end, now(),
  now() + interval '6 hours', now() + (i - 1000) * interval '1 second'
from generate_series(1, 100000) i;
insert into uploads_begun (user_id, begun_at, video_id, size)
select 1 + i % 20000, now() - i * interval '1 second', i, 1 from generate_series(1, 100000) i;

insert into jobs (id, kind, video_id, payload, state, run_at, lease_token, lease_expires_at, created_at)
select i, 'transcode', i, 'k', case when i % 1000 = 0 then 'queued' when i % 1000 = 1 then 'running' else 'done' end, now(),
  't' || i, now(), now()
from generate_series(1, 100000) i;

insert into feed_heads (id, hot, newest, created_at, superseded_at)
select i, '', '', now(), case when i > 1 then now() - i * interval '1 second' end from generate_series(1, 1000) i;

insert into listing_changes select n, n from generate_series(1, 10000) n;
analyze;
