-- ARGV: id, expected version, end of the lease, now. Returns 'nothing', 'busy', 'resting', or 'granted' with the number of the lease and
-- the sealed tokens.
local key = KEYS[1] .. ':session:' .. ARGV[1]
local known = redis.call('HMGET', key, 't', 'e', 'z', 'v')
if not known[1] or known[4] ~= ARGV[2] then return {'nothing'} end
if known[2] and tonumber(ARGV[4]) < tonumber(known[2]) then
  return {known[3] and 'resting' or 'busy'}
end
redis.call('HDEL', key, 'z')
local number = redis.call('HINCRBY', key, 'l', 1)
redis.call('HSET', key, 'h', number, 'e', ARGV[3])
return {'granted', tostring(number), known[1]}
