-- ARGV: visit, tab, expected revision, sealed attempt, now, ends of the attempt; id, record, tokens, kind, end of the
-- session, subject; sessions at most; former id or '', its count of changes, a name for its end, debt or '', sealed debt, when
-- it is due.
-- Answers 'started', 'lost' (the attempt), 'changed' (the former session) or 'full'.
local visit, tab, at = ARGV[1], ARGV[2], tonumber(ARGV[5])
local id, former = ARGV[7], ARGV[14]
-- Asked again because the first answer was lost.
if redis.call('EXISTS', session_key(id)) == 1 then
  again()
  return 'started'
end
local revision = redis.call('HGET', p .. ':visit:' .. visit, 'r' .. tab)
if revision ~= ARGV[3] then return 'lost' end
local leaving = 0
if former ~= '' then
  if redis.call('HGET', session_key(former), 'c') ~= ARGV[15] then return 'changed' end
  leaving = 1
end
local kept = redis.call('ZCARD', p .. ':used:usual') + redis.call('ZCARD', p .. ':used:remembered')
if kept - leaving >= tonumber(ARGV[13]) then return 'full' end
redis.call('HSET', session_key(id), 'r', ARGV[8], 't', ARGV[9], 'c', 0, 'v', 0, 'u', at, 'k', ARGV[10], 's', ARGV[12])
redis.call('ZADD', p .. ':used:' .. ARGV[10], at, id)
redis.call('ZADD', p .. ':ends', ARGV[11], id)
redis.call('SADD', p .. ':subject:' .. ARGV[12], id)
put_attempt(visit, tab, tonumber(revision) + 1, ARGV[4], at, tonumber(ARGV[6]), '', true)
if former ~= '' then drop_session(former, ARGV[16], ARGV[17], ARGV[18], ARGV[19]) end
redis.call('PUBLISH', p .. ':notices', 'a' .. visit .. '.' .. tab)
return 'started'
