-- Whose turn it is (features/jobs/jobs_store.cpp, docs/decisions/0026).

alter table jobs add column user_id integer;                      -- whose video it is
alter table jobs add column cost real not null default 0;         -- work that is left, in seconds or so
alter table jobs add column rank real not null default 0;         -- the lowest is next; compared with that of others only
alter table jobs add column playable integer not null default 0;  -- a first quality is published: the rest may wait
update jobs set user_id = (select user_id from videos where id = video_id);
create index jobs_turn on jobs (rank, id) where state = 'queued';
create index jobs_waiting on jobs (user_id, rank) where state = 'queued';
