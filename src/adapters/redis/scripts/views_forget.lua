-- The database has the batch ARGV[1]. KEYS: the batches.
redis.call('ZREM', KEYS[1], ARGV[1])
return redis.call('UNLINK', 'views:batch:' .. ARGV[1])
