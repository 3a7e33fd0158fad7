-- ARGV: replica, number. The write makes a node that has become a replica refuse the script.
redis.call('SET', KEYS[1] .. ':beacon:' .. ARGV[1], ARGV[2], 'PX', 10000)
redis.call('PUBLISH', KEYS[1] .. ':notices', 'b' .. ARGV[1] .. '.' .. ARGV[2])
return 1
