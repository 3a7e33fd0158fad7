-- ARGV: visit, tab, expected revision, sealed text that stays, now, ends of it; visit it goes to, sealed text there, ends of
-- it, when its tokens go back or ''; attempts at most. Answers false if the revision was not the expected one, else what
-- had to make room, in turns: its name, its sealed text.
local visit, tab, at, to = ARGV[1], ARGV[2], tonumber(ARGV[5]), ARGV[7]
-- Asked again because the first answer was lost: nobody else knows where it goes.
if redis.call('HGET', p .. ':visit:' .. to, 'r' .. tab) then return redis.call('LRANGE', handed_out_key(to .. '.' .. tab), 0, -1) end
local revision = redis.call('HGET', p .. ':visit:' .. visit, 'r' .. tab)
if revision ~= ARGV[3] then return false end
put_attempt(visit, tab, tonumber(revision) + 1, ARGV[4], at, tonumber(ARGV[6]), '', true)
redis.call('HSET', p .. ':visit:' .. to, 'o' .. tab, redis.call('HINCRBY', p .. ':visit:' .. to, 'n', 1))
put_attempt(to, tab, 0, ARGV[8], at, tonumber(ARGV[9]), ARGV[10], true)
redis.call('PUBLISH', p .. ':notices', 'a' .. visit .. '.' .. tab)
return make_room(tonumber(ARGV[11]), to .. '.' .. tab)
