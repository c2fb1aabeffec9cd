-- Whose turn it is (features/jobs/jobs_store.cpp, docs/decisions/0026).

alter table jobs add column user_id bigint;                            -- whose video it is
alter table jobs add column cost double precision not null default 0;  -- work that is left, in seconds or so
alter table jobs add column rank double precision not null default 0;  -- the lowest is next; compared with that of others only
alter table jobs add column playable bigint not null default 0;        -- 1: a first quality is published, the rest may wait
update jobs set user_id = v.user_id from videos v where v.id = video_id;
create index jobs_turn on jobs (rank, id) where state = 'queued';
create index jobs_waiting on jobs (user_id, rank) where state = 'queued';
