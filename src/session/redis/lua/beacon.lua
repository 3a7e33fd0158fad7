-- ARGV: replica, number. It writes, so that a node that has become a replica refuses it.
redis.call('SET', KEYS[1] .. ':beacon:' .. ARGV[1], ARGV[2], 'PX', 10000)
redis.call('PUBLISH', KEYS[1] .. ':notices', 'b' .. ARGV[1] .. '.' .. ARGV[2])
return 1
