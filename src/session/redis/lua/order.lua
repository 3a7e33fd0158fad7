-- ARGV: order, who asks, milliseconds to remember it. Answers 1 when it is new, or was until this one asked before.
local key = KEYS[1] .. ':order:' .. ARGV[1]
if redis.call('GET', key) == ARGV[2] then return 1 end
return redis.call('SET', key, ARGV[2], 'NX', 'PX', ARGV[3]) and 1 or 0
