-- Views and likes that come by a buffer which many nodes share (features/engagement/buffered_store.cpp).

-- Batches of views that are in the counters: each is added once, whoever brings it. Ids are forgotten after a day.
create table view_batches (
  id       text        primary key,
  added_at timestamptz not null
);
create index view_batches_added on view_batches (added_at);

-- How far the log of likes has been moved here. One row. A log that was lost begins anew as another epoch.
create table sync_offset (
  id    bigint primary key check (id = 1),
  epoch text   not null,
  last  text   not null
);
insert into sync_offset values (1, '', '0-0');
