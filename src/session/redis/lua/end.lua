-- ARGV: id, its count of changes, debt or '', sealed debt, when it is due. Answers 'ended', 'gone' or 'changed'.
local changes = redis.call('HGET', session_key(ARGV[1]), 'c')
if not changes then return 'gone' end
if changes ~= ARGV[2] then return 'changed' end
drop_session(ARGV[1], ARGV[3], ARGV[4], ARGV[5])
return 'ended'
