-- Uploads in parts; an upload with one PUT has none of the three.
alter table uploads add column part_size  integer;  -- bytes of each part but the last
alter table uploads add column part_count integer;
alter table uploads add column store_id   text;     -- how the store names it, once a part was asked for

-- What each user began to upload in the last day, whatever became of it: quotas count it. Older rows are removed.
create table uploads_begun (
  user_id  integer not null references users (id) on delete cascade,
  begun_at integer not null,
  video_id integer not null,        -- which may be gone
  size     integer not null,        -- bytes, as announced
  primary key (user_id, begun_at, video_id)
) without rowid;
create index uploads_begun_age on uploads_begun (begun_at);
