-- ARGV: visit, tab, expected revision, now; the attempt. Returns 1 if the revision was the expected one.
local visit, tab, attempt = ARGV[1], ARGV[2], attempt_from(5)
local revision = redis.call('HGET', p .. ':visit:' .. visit, 'r' .. tab)
if revision ~= ARGV[3] then
  -- Sent again because the first answer was lost? Each request seals the attempt anew, so equal texts are of the same request.
  local is_ours = redis.call('HGET', p .. ':visit:' .. visit, 'a' .. tab) == attempt.sealed
  return is_ours and 1 or 0
end
put_attempt(visit, tab, tonumber(revision) + 1, tonumber(ARGV[4]), attempt)
redis.call('PUBLISH', p .. ':notices', 'a' .. visit .. '.' .. tab)
return 1
