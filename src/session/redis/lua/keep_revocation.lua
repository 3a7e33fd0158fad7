-- ARGV: debt, sealed, when it is due, when it was due before or ''. Answers 1; 0 when somebody else has put it off or
-- settled it.
local p = KEYS[1]
-- Asked again because the first answer was lost: debts are sealed anew each time, so none equals another's.
if redis.call('HGET', p .. ':debt', ARGV[1]) == ARGV[2] then
  again()
  return 1
end
if ARGV[4] ~= '' then
  local due = redis.call('ZSCORE', p .. ':debts', ARGV[1])
  if not due or tonumber(due) ~= tonumber(ARGV[4]) then return 0 end
end
redis.call('HSET', p .. ':debt', ARGV[1], ARGV[2])
redis.call('ZADD', p .. ':debts', ARGV[3], ARGV[1])
return 1
