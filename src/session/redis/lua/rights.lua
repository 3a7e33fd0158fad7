-- ARGV: unique name for this request. Tries each command of the other scripts on keys that nothing else has, and returns those that
-- the user may not use.
local key = KEYS[1] .. ':check:' .. ARGV[1]
local forbidden = {}

local function try(command, ...)
  local answer = redis.pcall(command, ...)
  local why = type(answer) == 'table' and answer.err
  if why and (string.find(why, 'permission') or string.find(why, "can't run") or string.find(why, "can't access")) then
    table.insert(forbidden, command)
  end
end

local text, hash, list, set, sorted = key .. ':text', key .. ':hash', key .. ':list', key .. ':set', key .. ':sorted'
try('set', text, '1', 'PX', 10000)
try('get', text)
try('mget', text)
try('incr', text)
try('exists', text)
try('pexpire', text, 10000)
try('pttl', text)
try('hset', hash, 'field', '1')
try('hsetnx', hash, 'field', '1')
try('hget', hash, 'field')
try('hmget', hash, 'field')
try('hgetall', hash)
try('hincrby', hash, 'field', 1)
try('hlen', hash)
try('hdel', hash, 'field')
try('rpush', list, '1')
try('lpush', list, '1')
try('ltrim', list, 0, -1)
try('lrange', list, 0, -1)
try('sadd', set, '1')
try('scard', set)
try('srem', set, '1')
try('zadd', sorted, 1, 'member')
try('zcard', sorted)
try('zrange', sorted, 0, -1)
try('zrevrange', sorted, 0, -1)
try('zrangebyscore', sorted, 0, 1)
try('zscore', sorted, 'member')
try('zrem', sorted, 'member')
try('publish', KEYS[1] .. ':notices', 'check')
try('del', text, hash, list, set, sorted)
return forbidden
