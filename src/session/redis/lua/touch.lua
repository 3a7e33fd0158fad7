-- ARGV: alternately ids and last uses. Never sets a last use back, and never recreates a session that has ended.
local p = KEYS[1]
for i = 1, #ARGV, 2 do
  local key = p .. ':session:' .. ARGV[i]
  local known = redis.call('HMGET', key, 'u', 'k')
  if known[1] and tonumber(known[1]) < tonumber(ARGV[i + 1]) then
    redis.call('HSET', key, 'u', ARGV[i + 1])
    redis.call('ZADD', p .. ':used:' .. known[2], ARGV[i + 1], ARGV[i])
  end
end
return #ARGV / 2
