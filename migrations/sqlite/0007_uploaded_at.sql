-- When the upload was complete: waiting to be playable begins then.
alter table videos add column uploaded_at integer;
