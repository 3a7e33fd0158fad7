-- ARGV: id of the session, the sealed notice; when it is due and when it was due before, or '' twice to leave that. Returns 1, or 0 if
-- another replica has postponed or forgotten it.
local p = KEYS[1]
local due = redis.call('ZSCORE', p .. ':logouts', ARGV[1])
if not due then return 0 end
-- Sent again because the first answer was lost. Each request seals the notice anew, so equal texts are of the same request.
if redis.call('HGET', p .. ':logout', ARGV[1]) == ARGV[2] then return 1 end
if ARGV[4] ~= '' and tonumber(due) ~= tonumber(ARGV[4]) then return 0 end
redis.call('HSET', p .. ':logout', ARGV[1], ARGV[2])
if ARGV[3] ~= '' then redis.call('ZADD', p .. ':logouts', ARGV[3], ARGV[1]) end
return 1
