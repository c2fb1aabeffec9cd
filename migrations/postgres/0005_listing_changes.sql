-- Of which listed videos nodes may hold cards no longer, in the order of commits: each takes the next number, and keeps
-- others from it until it is committed (docs/decisions/0032-public-cards.md).

create table listing_changes (
  number   bigint primary key,
  video_id bigint not null
);
create table listing_state (last bigint not null);
insert into listing_state values (0);
create unique index listing_state_one on listing_state ((true));

create function luot_note_listing_change() returns trigger language plpgsql as $$
declare
  next bigint;
begin
  update listing_state set last = last + 1 returning last into next;
  insert into listing_changes values (next, old.id);
  delete from listing_changes where number <= next - 10000;
  return null;
end $$;

create trigger videos_changed_listing after update of status, visibility, rev, edits on videos
  for each row when (old.status = 'ready' and old.visibility = 'public') execute function luot_note_listing_change();
create trigger videos_left_listing after delete on videos
  for each row when (old.status = 'ready' and old.visibility = 'public') execute function luot_note_listing_change();
