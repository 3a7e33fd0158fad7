-- ARGV: visit, tab, expected revision, sealed, now, ends, when its tokens go back or ''. Answers 1 if the
-- revision was the expected one.
local visit, tab = ARGV[1], ARGV[2]
local revision = redis.call('HGET', p .. ':visit:' .. visit, 'r' .. tab)
if revision ~= ARGV[3] then
  -- Asked again because the first answer was lost: attempts are sealed anew each time, so none equals another's.
  local is_ours = redis.call('HGET', p .. ':visit:' .. visit, 'a' .. tab) == ARGV[4]
  return is_ours and 1 or 0
end
put_attempt(visit, tab, tonumber(revision) + 1, ARGV[4], tonumber(ARGV[5]), tonumber(ARGV[6]), ARGV[7], true)
redis.call('PUBLISH', p .. ':notices', 'a' .. visit .. '.' .. tab)
return 1
