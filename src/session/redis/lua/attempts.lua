-- What the scripts that write attempts share. Everything of this service has one hash tag and so lives on one node of a
-- cluster: names may be put together here.
local p = KEYS[1]
local ALL, IDLE, BUSY = p .. ':attempts', p .. ':attempts:idle', p .. ':attempts:busy'
local UNCLAIMED = p .. ':attempts:unclaimed'

local function forget_attempt(member)
  local visit, tab = string.match(member, '^([^.]+)%.(.+)$')
  local key = p .. ':visit:' .. visit
  local sealed = redis.call('HGET', key, 'a' .. tab)
  redis.call('HDEL', key, 'a' .. tab, 'r' .. tab, 'o' .. tab)
  redis.call('ZREM', ALL, member)
  redis.call('ZREM', IDLE, member)
  redis.call('ZREM', BUSY, member)
  redis.call('ZREM', UNCLAIMED, member)
  return {member, sealed or ''}
end

-- Writes one attempt. `at`: now; `ends`: when it may be forgotten; both in milliseconds. `unclaimed`: when its tokens go
-- back to Okta unless somebody claims them; '' where there are none.
local function put_attempt(visit, tab, revision, sealed, at, ends, unclaimed, is_busy)
  local key, member = p .. ':visit:' .. visit, visit .. '.' .. tab
  redis.call('HSET', key, 'a' .. tab, sealed, 'r' .. tab, revision)
  redis.call('ZADD', ALL, ends, member)
  if unclaimed == '' then redis.call('ZREM', UNCLAIMED, member) else redis.call('ZADD', UNCLAIMED, unclaimed, member) end
  -- Not by the time: replicas may not agree on it.
  local order = redis.call('INCR', p .. ':attempts:order')
  if is_busy or redis.call('ZSCORE', BUSY, member) then
    redis.call('ZREM', IDLE, member)
    redis.call('ZADD', BUSY, order, member)
  else
    redis.call('ZADD', IDLE, order, member)
  end
  -- A net under the sweep: what nobody sweeps goes by itself a day later.
  local rest = ends - at + 86400000
  if redis.call('PTTL', key) < rest then redis.call('PEXPIRE', key, rest) end
end
