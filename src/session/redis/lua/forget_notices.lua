-- ARGV: ids of sessions.
for _, id in ipairs(ARGV) do
  redis.call('ZREM', KEYS[1] .. ':logouts', id)
  redis.call('HDEL', KEYS[1] .. ':logout', id)
end
return 1
