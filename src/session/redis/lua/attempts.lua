-- What the scripts that write attempts share. Everything of this service has one hash tag and so lives on one node of a
-- cluster: names may be put together here.
local p = KEYS[1]
local ALL, IDLE, BUSY = p .. ':attempts', p .. ':attempts:idle', p .. ':attempts:busy'
local UNCLAIMED = p .. ':attempts:unclaimed'

-- From where forms were opened into which nothing was typed yet: how many from each network, and which.
local GREED = p .. ':attempts:greed'
local function of_network(network) return IDLE .. ':' .. network end

local function count_network(network)
  local count = redis.call('ZCARD', of_network(network))
  if count == 0 then redis.call('ZREM', GREED, network) else redis.call('ZADD', GREED, count, network) end
end

local function leave_network(key, tab, member)
  local network = redis.call('HGET', key, 'w' .. tab)
  if network and redis.call('ZREM', of_network(network), member) == 1 then count_network(network) end
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
  leave_network(key, tab, member)
  redis.call('HDEL', key, 'a' .. tab, 'r' .. tab, 'o' .. tab, 'w' .. tab)
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
    leave_network(key, tab, member)
    redis.call('ZADD', BUSY, order, member)
  else
    redis.call('ZADD', IDLE, order, member)
  end
  -- A net under the sweep: what nobody sweeps goes by itself a day later.
  local rest = ends - at + 86400000
  if redis.call('PTTL', key) < rest then redis.call('PEXPIRE', key, rest) end
end

local function arrive_from(network, visit, tab)
  local member = visit .. '.' .. tab
  redis.call('HSET', p .. ':visit:' .. visit, 'w' .. tab, network)
  local order = redis.call('ZSCORE', IDLE, member)
  if order then
    redis.call('ZADD', of_network(network), order, member)
    count_network(network)
  end
end

-- Of the network that opened most forms the one that is oldest, if these are more than its share.
local function of_the_greediest(bound)
  while true do
    local top = redis.call('ZREVRANGE', GREED, 0, 0, 'WITHSCORES')
    if not top[1] or tonumber(top[2]) <= math.max(1, math.floor(bound / 100)) then return nil end
    local member = redis.call('ZRANGE', of_network(top[1]), 0, 0)[1]
    if member then redis.call('ZREM', of_network(top[1]), member) end
    count_network(top[1])
    -- A replica of an earlier version forgets attempts without taking them out here.
    if member and redis.call('ZSCORE', IDLE, member) then return member end
  end
end

-- Forgets attempts until no more than `bound` are kept. Whoever has only opened the form gives way first, be it the newest.
local function make_room(bound, call)
  local gone = {}
  while redis.call('ZCARD', ALL) > bound do
    local first = of_the_greediest(bound) or redis.call('ZRANGE', IDLE, 0, 0)[1] or redis.call('ZRANGE', BUSY, 0, 0)[1]
    if not first then break end
    for _, part in ipairs(forget_attempt(first, call)) do table.insert(gone, part) end
  end
  return gone
end
