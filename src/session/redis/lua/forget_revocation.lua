-- ARGV: id of the pending revocation.
redis.call('ZREM', KEYS[1] .. ':debts', ARGV[1])
redis.call('HDEL', KEYS[1] .. ':debt', ARGV[1])
return 1
