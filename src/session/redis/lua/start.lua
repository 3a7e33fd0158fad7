-- ARGV: visit, tab, expected revision, now; the attempt; id, record, tokens, kind, end of the session, subject; sessions at most;
-- former id or '', its change counter, a unique name for this request, id of the pending revocation or '', the sealed revocation, when
-- it is due. Returns 'started', 'lost' (the attempt), 'changed' (the former session) or 'full'.
local visit, tab, at = ARGV[1], ARGV[2], tonumber(ARGV[4])
local id, former = ARGV[10], ARGV[17]
-- Sent again because the first answer was lost.
if redis.call('EXISTS', session_key(id)) == 1 then
  write_for_wait()
  return 'started'
end
local revision = redis.call('HGET', p .. ':visit:' .. visit, 'r' .. tab)
if revision ~= ARGV[3] then return 'lost' end
local leaving = 0
if former ~= '' then
  if redis.call('HGET', session_key(former), 'c') ~= ARGV[18] then return 'changed' end
  leaving = 1
end
local kept = redis.call('ZCARD', p .. ':used:usual') + redis.call('ZCARD', p .. ':used:remembered')
if kept - leaving >= tonumber(ARGV[16]) then return 'full' end
redis.call('HSET', session_key(id), 'r', ARGV[11], 't', ARGV[12], 'c', 0, 'v', 0, 'u', at, 'k', ARGV[13], 's', ARGV[15])
redis.call('ZADD', p .. ':used:' .. ARGV[13], at, id)
redis.call('ZADD', p .. ':ends', ARGV[14], id)
redis.call('SADD', p .. ':subject:' .. ARGV[15], id)
put_attempt(visit, tab, tonumber(revision) + 1, at, attempt_from(5))
if former ~= '' then drop_session(former, ARGV[19], ARGV[20], ARGV[21], ARGV[22]) end
redis.call('PUBLISH', p .. ':notices', 'a' .. visit .. '.' .. tab)
return 'started'
