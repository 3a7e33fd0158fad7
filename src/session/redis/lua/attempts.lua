-- What the scripts that write attempts share. Everything of this service has one hash tag and so lives on one node of a
-- cluster: names may be put together here.
local p = KEYS[1]
local ALL, IDLE, UNDER_WAY = p .. ':attempts', p .. ':attempts:idle', p .. ':attempts:busy'
local UNCLAIMED = p .. ':attempts:unclaimed'

-- From where those of each kind came: how many from each network, and which.
local GREED = {[IDLE] = p .. ':attempts:greed', [UNDER_WAY] = p .. ':attempts:greed:busy'}
local function of_network(kind, network) return kind .. ':' .. network end

local function count_network(kind, network)
  local count = redis.call('ZCARD', of_network(kind, network))
  if count == 0 then
    redis.call('ZREM', GREED[kind], network)
  else
    redis.call('ZADD', GREED[kind], count, network)
  end
end

local function enter(kind, network, member, order)
  redis.call('ZADD', kind, order, member)
  redis.call('ZADD', of_network(kind, network), order, member)
  count_network(kind, network)
end

local function leave(key, tab, member)
  local network = redis.call('HGET', key, 'w' .. tab)
  for kind, _ in pairs(GREED) do
    redis.call('ZREM', kind, member)
    if network and redis.call('ZREM', of_network(kind, network), member) == 1 then count_network(kind, network) end
  end
end

-- Asked again because the first answer was lost, a script hands out once more what had tokens: `call` names the question.
local function handed_out_key(call) return p .. ':handed-out:' .. call end

local function forget_attempt(member, call)
  local visit, tab = string.match(member, '^([^.]+)%.(.+)$')
  local key = p .. ':visit:' .. visit
  local sealed = redis.call('HGET', key, 'a' .. tab)
  if sealed and redis.call('ZSCORE', UNCLAIMED, member) then
    redis.call('RPUSH', handed_out_key(call), member, sealed)
    redis.call('PEXPIRE', handed_out_key(call), 60000)
  end
  leave(key, tab, member)
  redis.call('HDEL', key, 'a' .. tab, 'r' .. tab, 'o' .. tab, 'w' .. tab)
  -- What is left of a visit without attempts is how many it had.
  if redis.call('HLEN', key) <= 1 then redis.call('DEL', key) end
  redis.call('ZREM', ALL, member)
  redis.call('ZREM', UNCLAIMED, member)
  return {member, sealed or ''}
end

-- An attempt as it stands in five arguments from that one on: its sealed text; when it may be forgotten, in milliseconds; when its
-- tokens go back to Okta unless somebody claims them, or ''; 1 where somebody is signing in with it; from which network it came.
local function attempt_from(first)
  return {
    sealed = ARGV[first],
    ends = tonumber(ARGV[first + 1]),
    unclaimed = ARGV[first + 2],
    is_under_way = ARGV[first + 3] == '1',
    network = ARGV[first + 4],
  }
end

-- Writes one attempt. `at`: now, in milliseconds.
local function put_attempt(visit, tab, revision, at, attempt)
  local key, member = p .. ':visit:' .. visit, visit .. '.' .. tab
  leave(key, tab, member)
  redis.call('HSET', key, 'a' .. tab, attempt.sealed, 'r' .. tab, revision, 'w' .. tab, attempt.network)
  redis.call('ZADD', ALL, attempt.ends, member)
  if attempt.unclaimed == '' then
    redis.call('ZREM', UNCLAIMED, member)
  else
    redis.call('ZADD', UNCLAIMED, attempt.unclaimed, member)
  end
  -- Not by the time: replicas may not agree on it.
  local order = redis.call('INCR', p .. ':attempts:order')
  enter(attempt.is_under_way and UNDER_WAY or IDLE, attempt.network, member, order)
  -- A net under the sweep: what nobody sweeps goes by itself a day later.
  local rest = attempt.ends - at + 86400000
  if redis.call('PTTL', key) < rest then redis.call('PEXPIRE', key, rest) end
end

-- How much room there is, as it stands in four arguments from that one on: attempts at most; how many of one kind one network may
-- have before they make room; how many idle ones are kept; what may be forgotten before then has ended.
local function room_from(first)
  return {
    attempts = tonumber(ARGV[first]),
    of_one_network = tonumber(ARGV[first + 1]),
    idle = tonumber(ARGV[first + 2]),
    ended_before = ARGV[first + 3],
  }
end

-- Of the network that has most of a kind the one that is oldest, if these are more than its share.
local function of_the_greediest(kind, share)
  while true do
    local top = redis.call('ZREVRANGE', GREED[kind], 0, 0, 'WITHSCORES')
    if not top[1] or tonumber(top[2]) <= share then return nil end
    local member = redis.call('ZRANGE', of_network(kind, top[1]), 0, 0)[1]
    -- A replica of an earlier version forgets attempts, or takes them for another kind, without taking them out here.
    if member and redis.call('ZSCORE', kind, member) then return member end
    if member then redis.call('ZREM', of_network(kind, top[1]), member) end
    count_network(kind, top[1])
  end
end

-- With what has ended nobody is signing in any more.
local function next_idle(room)
  local ended = redis.call('ZRANGEBYSCORE', ALL, '-inf', '(' .. room.ended_before, 'LIMIT', 0, 1)[1]
  if ended then return ended end
  if redis.call('ZCARD', IDLE) > room.idle then return redis.call('ZRANGE', IDLE, 0, 0)[1] end
end

-- Forgets attempts until there is room. Whoever signs in gives way last.
local function make_room(room, call)
  local gone = {}
  while redis.call('ZCARD', ALL) > room.attempts do
    local first = of_the_greediest(IDLE, room.of_one_network) or next_idle(room)
      or of_the_greediest(UNDER_WAY, room.of_one_network)
      or redis.call('ZRANGE', UNDER_WAY, 0, 0)[1] or redis.call('ZRANGE', IDLE, 0, 0)[1]
    if not first then break end
    for _, part in ipairs(forget_attempt(first, call)) do table.insert(gone, part) end
  end
  return gone
end
