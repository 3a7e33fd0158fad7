-- ARGV: visit, tab, expected revision, now; the attempt; id, record, tokens, kind, end of the session, subject; sessions at most;
-- former id or '', its change counter, a unique name for this request, id of the pending revocation or '', the sealed revocation, when
-- it is due, the sealed logout notice or '', when it is due, how long to keep it; rows to write with it. Returns 'started', 'lost' (the attempt), 'changed' (the former session) or 'full'; then how many
-- sessions the customer has, how many tabs the visit has had, and what came of the rows.
local visit, tab, at = ARGV[1], ARGV[2], ARGV[4]
local id, former = ARGV[10], ARGV[17]
local of_subject = p .. ':subject:' .. ARGV[15]
local known = redis.call('HMGET', p .. ':visit:' .. visit, 'r' .. tab, 'w' .. tab, 'n')
local function started(is_again)
  return {'started', redis.call('SCARD', of_subject), tonumber(known[3] or 0), write_rows(26, is_again)}
end
if known[1] ~= ARGV[3] then
  if redis.call('EXISTS', session_key(id)) == 0 then return {'lost', 0, 0, false} end
  -- Sent again because the first answer was lost.
  write_for_wait()
  return started(true)
end
local leaving = 0
if former ~= '' then
  if redis.call('HGET', session_key(former), 'c') ~= ARGV[18] then return {'changed', 0, 0, false} end
  leaving = 1
end
if redis.call('ZCARD', p .. ':ends') - leaving >= tonumber(ARGV[16]) then return {'full', 0, 0, false} end
redis.call('HSET', session_key(id), 'r', ARGV[11], 't', ARGV[12], 'c', '0', 'v', '0', 'u', at, 'k', ARGV[13], 's', ARGV[15])
redis.call('ZADD', p .. ':used:' .. ARGV[13], at, id)
redis.call('ZADD', p .. ':ends', ARGV[14], id)
redis.call('SADD', of_subject, id)
put_attempt(visit, tab, known[1] + 1, at, attempt_from(5), known[2])
if former ~= '' then drop_session(former, ARGV[19], unpack(ARGV, 20, 25)) end
redis.call('PUBLISH', p .. ':notices', 'a' .. visit .. '.' .. tab)
return started(false)
