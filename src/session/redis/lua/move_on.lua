-- ARGV: visit, tab, expected revision, now, new visit; the attempt that stays; the attempt of the new visit; the limits. Returns false
-- if the revision is not the expected one, else the attempts that were forgotten: alternately name and sealed text.
local visit, tab, at, to = ARGV[1], ARGV[2], tonumber(ARGV[4]), ARGV[5]
-- Sent again because the first answer was lost: only this request knows the new visit.
if redis.call('HGET', p .. ':visit:' .. to, 'r' .. tab) then return redis.call('LRANGE', handed_out_key(to .. '.' .. tab), 0, -1) end
local revision = redis.call('HGET', p .. ':visit:' .. visit, 'r' .. tab)
if revision ~= ARGV[3] then return false end
put_attempt(visit, tab, tonumber(revision) + 1, at, attempt_from(6))
redis.call('HSET', p .. ':visit:' .. to, 'o' .. tab, redis.call('HINCRBY', p .. ':visit:' .. to, 'n', 1))
put_attempt(to, tab, 0, at, attempt_from(11))
redis.call('PUBLISH', p .. ':notices', 'a' .. visit .. '.' .. tab)
return make_room(limits_from(16), to .. '.' .. tab)
