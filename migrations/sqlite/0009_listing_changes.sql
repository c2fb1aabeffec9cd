-- Of which listed videos nodes may hold cards no longer, in the order of commits
-- (docs/decisions/0032-public-cards.md).

create table listing_changes (
  number   integer primary key autoincrement,
  video_id integer not null
);

create trigger videos_changed_listing after update of status, visibility, rev, edits on videos
  when old.status = 'ready' and old.visibility = 'public' begin
  insert into listing_changes (video_id) values (old.id);
  delete from listing_changes where number <= last_insert_rowid() - 10000;
end;
create trigger videos_left_listing after delete on videos
  when old.status = 'ready' and old.visibility = 'public' begin
  insert into listing_changes (video_id) values (old.id);
  delete from listing_changes where number <= last_insert_rowid() - 10000;
end;
