-- ARGV: logout order, unique name for this request, milliseconds to remember it. Returns 1 if the order is new, or if this same request
-- was the first with it.
local key = KEYS[1] .. ':order:' .. ARGV[1]
if redis.call('GET', key) == ARGV[2] then return 1 end
return redis.call('SET', key, ARGV[2], 'NX', 'PX', ARGV[3]) and 1 or 0
