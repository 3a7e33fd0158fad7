-- ARGV: account.
redis.call('DEL', KEYS[1] .. ':tries:' .. ARGV[1])
redis.call('ZREM', KEYS[1] .. ':tried', ARGV[1])
write_for_wait()
return 1
