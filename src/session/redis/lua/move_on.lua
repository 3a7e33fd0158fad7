-- ARGV: visit, tab, expected revision, now, visit it goes to; the attempt that stays; the attempt there; the room. Answers false if
-- the revision was not the expected one, else what had to make room, in turns: its name, its sealed text.
local visit, tab, at, to = ARGV[1], ARGV[2], tonumber(ARGV[4]), ARGV[5]
-- Asked again because the first answer was lost: nobody else knows where it goes.
if redis.call('HGET', p .. ':visit:' .. to, 'r' .. tab) then return redis.call('LRANGE', handed_out_key(to .. '.' .. tab), 0, -1) end
local revision = redis.call('HGET', p .. ':visit:' .. visit, 'r' .. tab)
if revision ~= ARGV[3] then return false end
put_attempt(visit, tab, tonumber(revision) + 1, at, attempt_from(6))
redis.call('HSET', p .. ':visit:' .. to, 'o' .. tab, redis.call('HINCRBY', p .. ':visit:' .. to, 'n', 1))
put_attempt(to, tab, 0, at, attempt_from(11))
redis.call('PUBLISH', p .. ':notices', 'a' .. visit .. '.' .. tab)
return make_room(room_from(16), to .. '.' .. tab)
