-- ARGV: visit, tab, expected revision, now; the attempt. Returns 1 if the revision was the expected one.
local visit, tab, attempt = ARGV[1], ARGV[2], attempt_from(5)
local known = redis.call('HMGET', p .. ':visit:' .. visit, 'r' .. tab, 'w' .. tab)
if known[1] ~= ARGV[3] then
  -- Sent again because the first answer was lost? Each request seals the attempt anew, so equal texts are of the same request.
  local is_ours = redis.call('HGET', p .. ':visit:' .. visit, 'a' .. tab) == attempt.sealed
  return is_ours and 1 or 0
end
put_attempt(visit, tab, known[1] + 1, ARGV[4], attempt, known[2])
redis.call('PUBLISH', p .. ':notices', 'a' .. visit .. '.' .. tab)
return 1
