-- Shared by the scripts that write attempts. All keys of this service have the same hash tag and so live on one node of a cluster:
-- scripts may build key names themselves.
local p = KEYS[1]
local ALL, IDLE, UNDER_WAY = p .. ':attempts', p .. ':attempts:idle', p .. ':attempts:busy'
local UNCLAIMED = p .. ':attempts:unclaimed'

-- Redis writes Lua's numbers as floating point, which takes it longer than most commands do.
local function whole(number) return string.format('%d', number) end

-- For each kind of attempts: how many each network has. of_network: which they are.
local COUNTS = {[IDLE] = p .. ':attempts:greed', [UNDER_WAY] = p .. ':attempts:greed:busy'}
local function of_network(kind, network) return kind .. ':' .. network end

local function count_network(kind, network, set)
  local count = redis.call('ZCARD', set)
  if count == 0 then
    redis.call('ZREM', COUNTS[kind], network)
  else
    redis.call('ZADD', COUNTS[kind], whole(count), network)
  end
end

-- Attempts are ordered by a counter, because the clocks of the replicas may differ. Returns how many of the two sets did not have it.
local function enter(kind, set, member)
  local order = whole(redis.call('INCR', p .. ':attempts:order'))
  return redis.call('ZADD', kind, order, member) + redis.call('ZADD', set, order, member)
end

local function leave_kind(kind, network, member)
  redis.call('ZREM', kind, member)
  if not network then return end
  local set = of_network(kind, network)
  if redis.call('ZREM', set, member) == 1 then count_network(kind, network, set) end
end

local function leave(network, member)
  for kind, _ in pairs(COUNTS) do leave_kind(kind, network, member) end
end

-- A script that is sent again because its answer was lost must hand out the forgotten attempts with tokens once more, so that
-- these can be revoked. `request` identifies the request.
local function handed_out_key(request) return p .. ':handed-out:' .. request end

local function forget_attempt(member, request)
  local visit, tab = string.match(member, '^([^.]+)%.(.+)$')
  local key = p .. ':visit:' .. visit
  local known = redis.call('HMGET', key, 'a' .. tab, 'w' .. tab)
  local sealed = known[1]
  if sealed and redis.call('ZSCORE', UNCLAIMED, member) then
    redis.call('RPUSH', handed_out_key(request), member, sealed)
    redis.call('PEXPIRE', handed_out_key(request), 60000)
  end
  leave(known[2], member)
  redis.call('HDEL', key, 'a' .. tab, 'r' .. tab, 'o' .. tab, 'w' .. tab)
  -- A visit without attempts has only its counter left.
  if redis.call('HLEN', key) <= 1 then redis.call('DEL', key) end
  redis.call('ZREM', ALL, member)
  redis.call('ZREM', UNCLAIMED, member)
  return {member, sealed or ''}
end

-- Reads an attempt from five arguments: its sealed text; when it is forgotten, in milliseconds; when its tokens are revoked unless they
-- have been claimed, or ''; 1 if a customer is signing in with it; the network that it came from.
local function attempt_from(first)
  return {
    sealed = ARGV[first],
    ends = ARGV[first + 1],
    unclaimed = ARGV[first + 2],
    is_under_way = ARGV[first + 3] == '1',
    network = ARGV[first + 4],
  }
end

-- In case a visit is never swept, it expires by itself a day after its last attempt; a minute more or less does not matter.
local DAY, MINUTE = 86400000, 60000

-- Writes the next step of an attempt. `at` is the time now, in milliseconds; `was` the network that it came from, or false.
local function put_attempt(visit, tab, revision, at, attempt, was)
  local key, member = p .. ':visit:' .. visit, visit .. '.' .. tab
  local kind, network = attempt.is_under_way and UNDER_WAY or IDLE, attempt.network
  local set = of_network(kind, network)
  if was ~= network then leave(was, member) end
  -- Most steps change neither the kind nor the network: then the sets have it already, and nothing is to be counted.
  if enter(kind, set, member) > 0 then
    leave_kind(kind == IDLE and UNDER_WAY or IDLE, network, member)
    count_network(kind, network, set)
  end
  redis.call('HSET', key, 'a' .. tab, attempt.sealed, 'r' .. tab, whole(revision), 'w' .. tab, network)
  redis.call('ZADD', ALL, attempt.ends, member)
  if attempt.unclaimed == '' then
    redis.call('ZREM', UNCLAIMED, member)
  else
    redis.call('ZADD', UNCLAIMED, attempt.unclaimed, member)
  end
  local lifetime = attempt.ends - at + DAY
  if redis.call('PTTL', key) < lifetime - MINUTE then redis.call('PEXPIRE', key, whole(lifetime)) end
end

-- Writes an attempt that the visit does not have, in few commands: nothing of it is anywhere.
local function put_new_attempt(visit, tab, at, attempt)
  local key, member = p .. ':visit:' .. visit, visit .. '.' .. tab
  local kind, network = attempt.is_under_way and UNDER_WAY or IDLE, attempt.network
  local set = of_network(kind, network)
  enter(kind, set, member)
  count_network(kind, network, set)
  local number = redis.call('HINCRBY', key, 'n', '1')
  redis.call('HSET', key, 'a' .. tab, attempt.sealed, 'r' .. tab, '0', 'o' .. tab, whole(number), 'w' .. tab, network)
  redis.call('ZADD', ALL, attempt.ends, member)
  if attempt.unclaimed ~= '' then redis.call('ZADD', UNCLAIMED, attempt.unclaimed, member) end
  local lifetime = attempt.ends - at + DAY
  -- The first attempt of a visit makes its hash, which has no lifetime yet.
  if number == 1 or redis.call('PTTL', key) < lifetime - MINUTE then
    redis.call('PEXPIRE', key, whole(lifetime))
  end
end

-- Reads the limits from four arguments: attempts at most; how many of one kind a network may have before they are forgotten first;
-- how many idle ones are kept; attempts that are to be forgotten before this have ended.
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
    local set = of_network(kind, top[1])
    local member = redis.call('ZRANGE', set, 0, 0)[1]
    -- A replica of an earlier version may remove an attempt, or change its kind, without updating these sets.
    if member and redis.call('ZSCORE', kind, member) then return member end
    if member then redis.call('ZREM', set, member) end
    count_network(kind, top[1], set)
  end
end

-- Nobody is signing in with them: they are only remembered.
local function ended(limits)
  return redis.call('ZRANGEBYSCORE', ALL, '-inf', '(' .. limits.ended_before, 'LIMIT', 0, 1)[1]
end

local function next_idle(limits)
  if redis.call('ZCARD', IDLE) > limits.idle then return redis.call('ZRANGE', IDLE, 0, 0)[1] end
end

-- Forgets attempts until no more are left than the limit. Those that have ended are forgotten first, those that a customer is signing
-- in with last.
local function make_room(limits, request)
  local gone = {}
  while redis.call('ZCARD', ALL) > limits.attempts do
    local first = ended(limits) or of_the_largest_network(IDLE, limits.of_one_network) or next_idle(limits)
      or of_the_largest_network(UNDER_WAY, limits.of_one_network)
      or redis.call('ZRANGE', UNDER_WAY, 0, 0)[1] or redis.call('ZRANGE', IDLE, 0, 0)[1]
    if not first then break end
    for _, part in ipairs(forget_attempt(first, request)) do table.insert(gone, part) end
  end
  return gone
end
