-- ARGV: now, how many at most, a unique name for this request. Returns the attempts that were forgotten: alternately name and sealed
-- text.
local gone = redis.call('LRANGE', handed_out_key(ARGV[3]), 0, -1)
for _, member in ipairs(redis.call('ZRANGEBYSCORE', ALL, '-inf', ARGV[1], 'LIMIT', 0, ARGV[2])) do
  for _, part in ipairs(forget_attempt(member, ARGV[3])) do table.insert(gone, part) end
end
return gone
