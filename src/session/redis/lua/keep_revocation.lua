-- ARGV: id of the pending revocation, its sealed text, when it is due, when it was due before or ''. Returns 1, or 0 if another replica
-- has postponed or completed it.
local p = KEYS[1]
-- Sent again because the first answer was lost. Each request seals the revocation anew, so equal texts are of the same request.
if redis.call('HGET', p .. ':debt', ARGV[1]) == ARGV[2] then
  write_for_wait()
  return 1
end
if ARGV[4] ~= '' then
  local due = redis.call('ZSCORE', p .. ':debts', ARGV[1])
  if not due or tonumber(due) ~= tonumber(ARGV[4]) then return 0 end
end
redis.call('HSET', p .. ':debt', ARGV[1], ARGV[2])
redis.call('ZADD', p .. ':debts', ARGV[3], ARGV[1])
return 1
