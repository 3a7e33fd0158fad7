-- Shared by the scripts that write attempts. All keys of this service have the same hash tag and so live on one node of a cluster:
-- scripts may build key names themselves.
local p = KEYS[1]
local ALL, IDLE, UNDER_WAY = p .. ':attempts', p .. ':attempts:idle', p .. ':attempts:busy'
local UNCLAIMED = p .. ':attempts:unclaimed'

-- For each kind of attempts: how many each network has. of_network: which they are.
local COUNTS = {[IDLE] = p .. ':attempts:greed', [UNDER_WAY] = p .. ':attempts:greed:busy'}
local function of_network(kind, network) return kind .. ':' .. network end

local function count_network(kind, network)
  local count = redis.call('ZCARD', of_network(kind, network))
  if count == 0 then
    redis.call('ZREM', COUNTS[kind], network)
  else
    redis.call('ZADD', COUNTS[kind], count, network)
  end
end

-- Returns how many of the two sets did not have it.
local function enter(kind, network, member, order)
  return redis.call('ZADD', kind, order, member) + redis.call('ZADD', of_network(kind, network), order, member)
end

local function leave(key, tab, member)
  local network = redis.call('HGET', key, 'w' .. tab)
  for kind, _ in pairs(COUNTS) do
    redis.call('ZREM', kind, member)
    if network and redis.call('ZREM', of_network(kind, network), member) == 1 then count_network(kind, network) end
  end
end

-- A script that is sent again because its answer was lost must hand out the forgotten attempts with tokens once more, so that
-- these can be revoked. `request` identifies the request.
local function handed_out_key(request) return p .. ':handed-out:' .. request end

local function forget_attempt(member, request)
  local visit, tab = string.match(member, '^([^.]+)%.(.+)$')
  local key = p .. ':visit:' .. visit
  local sealed = redis.call('HGET', key, 'a' .. tab)
  if sealed and redis.call('ZSCORE', UNCLAIMED, member) then
    redis.call('RPUSH', handed_out_key(request), member, sealed)
    redis.call('PEXPIRE', handed_out_key(request), 60000)
  end
  leave(key, tab, member)
  redis.call('HDEL', key, 'a' .. tab, 'r' .. tab, 'o' .. tab, 'w' .. tab)
  -- A visit without attempts has only its counter left.
  if redis.call('HLEN', key) <= 1 then redis.call('DEL', key) end
  redis.call('ZREM', ALL, member)
  redis.call('ZREM', UNCLAIMED, member)
  return {member, sealed or ''}
end

-- Reads an attempt from five arguments: its sealed text; when it expires, in milliseconds; when its tokens are revoked unless they
-- have been claimed, or ''; 1 if a customer is signing in with it; the network that it came from.
local function attempt_from(first)
  return {
    sealed = ARGV[first],
    ends = tonumber(ARGV[first + 1]),
    unclaimed = ARGV[first + 2],
    is_under_way = ARGV[first + 3] == '1',
    network = ARGV[first + 4],
  }
end

-- Writes an attempt. `at` is the time now, in milliseconds.
local function put_attempt(visit, tab, revision, at, attempt)
  local key, member = p .. ':visit:' .. visit, visit .. '.' .. tab
  local kind, network = attempt.is_under_way and UNDER_WAY or IDLE, attempt.network
  -- Attempts are ordered by a counter, because the clocks of the replicas may differ.
  local order = redis.call('INCR', p .. ':attempts:order')
  -- Most writes change neither the kind nor the network: then the sets have it already, and nothing is to be counted.
  local was_here = redis.call('HGET', key, 'w' .. tab) == network and enter(kind, network, member, order) == 0
  if not was_here then
    leave(key, tab, member)
    enter(kind, network, member, order)
    count_network(kind, network)
  end
  redis.call('HSET', key, 'a' .. tab, attempt.sealed, 'r' .. tab, revision, 'w' .. tab, network)
  redis.call('ZADD', ALL, attempt.ends, member)
  if attempt.unclaimed == '' then
    redis.call('ZREM', UNCLAIMED, member)
  else
    redis.call('ZADD', UNCLAIMED, attempt.unclaimed, member)
  end
  -- In case it is never swept, it expires by itself a day later.
  local lifetime = attempt.ends - at + 86400000
  if redis.call('PTTL', key) < lifetime then redis.call('PEXPIRE', key, lifetime) end
end

-- Reads the limits from four arguments: attempts at most; how many of one kind a network may have before they are forgotten first;
-- how many idle ones are kept; the time before which an attempt has ended.
local function limits_from(first)
  return {
    attempts = tonumber(ARGV[first]),
    of_one_network = tonumber(ARGV[first + 1]),
    idle = tonumber(ARGV[first + 2]),
    ended_before = ARGV[first + 3],
  }
end

-- The oldest attempt of a kind from the network that has most of them, if it has more than `share`.
local function of_the_largest_network(kind, share)
  while true do
    local top = redis.call('ZREVRANGE', COUNTS[kind], 0, 0, 'WITHSCORES')
    if not top[1] or tonumber(top[2]) <= share then return nil end
    local member = redis.call('ZRANGE', of_network(kind, top[1]), 0, 0)[1]
    -- A replica of an earlier version may remove an attempt, or change its kind, without updating these sets.
    if member and redis.call('ZSCORE', kind, member) then return member end
    if member then redis.call('ZREM', of_network(kind, top[1]), member) end
    count_network(kind, top[1])
  end
end

-- Attempts that have ended come first: nobody is signing in with them.
local function next_idle(limits)
  local ended = redis.call('ZRANGEBYSCORE', ALL, '-inf', '(' .. limits.ended_before, 'LIMIT', 0, 1)[1]
  if ended then return ended end
  if redis.call('ZCARD', IDLE) > limits.idle then return redis.call('ZRANGE', IDLE, 0, 0)[1] end
end

-- Forgets attempts until no more are left than the limit. Those that a customer is signing in with are forgotten last.
local function make_room(limits, request)
  local gone = {}
  while redis.call('ZCARD', ALL) > limits.attempts do
    local first = of_the_largest_network(IDLE, limits.of_one_network) or next_idle(limits)
      or of_the_largest_network(UNDER_WAY, limits.of_one_network)
      or redis.call('ZRANGE', UNDER_WAY, 0, 0)[1] or redis.call('ZRANGE', IDLE, 0, 0)[1]
    if not first then break end
    for _, part in ipairs(forget_attempt(first, request)) do table.insert(gone, part) end
  end
  return gone
end
