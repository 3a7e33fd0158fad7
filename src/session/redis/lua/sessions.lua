-- What the scripts that end sessions share. A session is a hash: r its record, t its tokens, c counts the changes of the
-- two, v the changes that others wait for, u its last use, k the set of uses it is in, s the hash of its subject; h, e, z
-- are the lease: its number, its end, and whether it rests; l is the last number given, d the one that it was renewed under last.
local function session_key(id) return KEYS[1] .. ':session:' .. id end

-- Who ended a session, for a minute: whoever asks again because the answer was lost learns that it was they.
local function end_key(id) return KEYS[1] .. ':ended:' .. id end

-- Deletes come first: a Redis that is full takes them, and after them the debt.
local function drop_session(id, ender, debt, sealed, due)
  local p, key = KEYS[1], session_key(id)
  local about = redis.call('HMGET', key, 'k', 's')
  redis.call('DEL', key)
  if about[1] then redis.call('ZREM', p .. ':used:' .. about[1], id) end
  redis.call('ZREM', p .. ':ends', id)
  if about[2] then redis.call('SREM', p .. ':subject:' .. about[2], id) end
  if debt ~= '' then
    redis.call('HSET', p .. ':debt', debt, sealed)
    redis.call('ZADD', p .. ':debts', due, debt)
  end
  redis.call('SET', end_key(id), ender, 'PX', 60000)
  redis.call('PUBLISH', p .. ':notices', 's' .. id)
end
