-- ARGV: format, key check. Writes each if it is missing, and returns what is stored.
local key = KEYS[1] .. ':meta'
redis.call('HSETNX', key, 'format', ARGV[1])
redis.call('HSETNX', key, 'witness', ARGV[2])
return redis.call('HMGET', key, 'format', 'witness')
