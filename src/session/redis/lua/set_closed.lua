-- ARGV: since when sign-ins are closed; '' where they are open.
local key = KEYS[1] .. ':closed'
if ARGV[1] == '' then redis.call('DEL', key) else redis.call('SET', key, ARGV[1]) end
write_for_wait()
return 1
