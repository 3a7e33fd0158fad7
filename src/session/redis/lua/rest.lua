-- ARGV: id, number of the lease.
local key = KEYS[1] .. ':session:' .. ARGV[1]
if redis.call('HGET', key, 'h') == ARGV[2] then
  redis.call('HSET', key, 'z', 1)
  redis.call('PUBLISH', KEYS[1] .. ':notices', 'w' .. ARGV[1])
end
return 1
