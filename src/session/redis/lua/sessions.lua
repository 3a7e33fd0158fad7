-- Shared by the scripts that end sessions. A session is a hash: r is its record, t its tokens, c counts the changes of the two, v the
-- changes that other replicas wait for, u is its last use, k the set of last uses it is in, s the hash of its subject. h, e and z are
-- the lease: its number, its end, and whether it rests. l is the last lease number given, d the one of the last renewal.
local function session_key(id) return KEYS[1] .. ':session:' .. id end

-- Which request ended a session, for a minute: a request that is sent again because the answer was lost finds that it did.
local function end_key(id) return KEYS[1] .. ':ended:' .. id end

-- Deletes come first: Redis accepts them even when its memory is full, and the pending revocation after them.
local function drop_session(id, request, revocation, sealed, due, notice, told_from, kept_for)
  local p, key = KEYS[1], session_key(id)
  local about = redis.call('HMGET', key, 'k', 's')
  redis.call('DEL', key)
  if about[1] then redis.call('ZREM', p .. ':used:' .. about[1], id) end
  redis.call('ZREM', p .. ':ends', id)
  if about[2] then redis.call('SREM', p .. ':subject:' .. about[2], id) end
  if revocation ~= '' then
    redis.call('HSET', p .. ':debt', revocation, sealed)
    redis.call('ZADD', p .. ':debts', due, revocation)
  end
  if notice ~= '' then
    redis.call('HSET', p .. ':logout', id, notice)
    redis.call('ZADD', p .. ':logouts', told_from, id)
    -- Without a portal to tell, nobody would delete them.
    redis.call('PEXPIRE', p .. ':logout', kept_for)
    redis.call('PEXPIRE', p .. ':logouts', kept_for)
  end
  redis.call('SET', end_key(id), request, 'PX', 60000)
  redis.call('PUBLISH', p .. ':notices', 's' .. id)
end
