-- ARGV: visit, tab, expected revision, now, new visit; the attempt that stays; the attempt of the new visit; the limits. Returns false
-- if the revision is not the expected one, else the attempts that were forgotten: alternately name and sealed text.
local visit, tab, at, to = ARGV[1], ARGV[2], ARGV[4], ARGV[5]
local known = redis.call('HMGET', p .. ':visit:' .. visit, 'r' .. tab, 'w' .. tab)
if known[1] ~= ARGV[3] then
  -- Sent again because the first answer was lost? Only this request knows the new visit.
  if redis.call('EXISTS', p .. ':visit:' .. to) == 0 then return false end
  return redis.call('LRANGE', handed_out_key(to .. '.' .. tab), 0, -1)
end
put_attempt(visit, tab, known[1] + 1, at, attempt_from(6), known[2])
put_new_attempt(to, tab, at, attempt_from(11))
redis.call('PUBLISH', p .. ':notices', 'a' .. visit .. '.' .. tab)
return make_room(limits_from(16), to .. '.' .. tab)
