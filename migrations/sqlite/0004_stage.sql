-- What a worker does with a video. Whether a worker is on it at all is the job's to tell.
alter table videos add column stage text check (stage in ('probing', 'transcoding'));
