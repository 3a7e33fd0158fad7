-- ARGV: id, its change counter, a unique name for this request, id of the pending revocation or '', the sealed revocation, when it is
-- due; the sealed logout notice or '', when it is due, how long to keep it. Returns 'ended', 'gone' or 'changed'.
local changes = redis.call('HGET', session_key(ARGV[1]), 'c')
if not changes then
  write_for_wait()
  if redis.call('GET', end_key(ARGV[1])) == ARGV[3] then return 'ended' end
  return 'gone'
end
if changes ~= ARGV[2] then return 'changed' end
drop_session(ARGV[1], ARGV[3], unpack(ARGV, 4, 9))
return 'ended'
