-- ARGV: format, witness. Writes both if there are none, and answers what there is.
local key = KEYS[1] .. ':meta'
redis.call('HSETNX', key, 'format', ARGV[1])
redis.call('HSETNX', key, 'witness', ARGV[2])
return redis.call('HMGET', key, 'format', 'witness')
