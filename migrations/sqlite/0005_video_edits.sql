-- How often title, description or visibility were changed: what a serialised card was made from.
alter table videos add column edits integer not null default 0;
