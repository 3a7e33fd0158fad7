-- ARGV: id, number of the lease, record, tokens, end of the session. Returns 'renewed', 'superseded' or 'ended'.
local p, key = KEYS[1], KEYS[1] .. ':session:' .. ARGV[1]
local known = redis.call('HMGET', key, 'c', 'h', 'd')
if not known[1] then return 'ended' end
-- Sent again because the first answer was lost.
if known[3] == ARGV[2] then
  write_for_wait()
  return 'renewed'
end
if known[2] ~= ARGV[2] then return 'superseded' end
-- Redis accepts writes after a delete even when its memory is full, and a token that Okta has rotated must be stored.
redis.call('HDEL', key, 'h', 'e', 'z')
redis.call('HSET', key, 'r', ARGV[3], 't', ARGV[4], 'd', ARGV[2])
redis.call('HINCRBY', key, 'c', 1)
redis.call('HINCRBY', key, 'v', 1)
redis.call('ZADD', p .. ':ends', ARGV[5], ARGV[1])
redis.call('PUBLISH', p .. ':notices', 's' .. ARGV[1])
return 'renewed'
