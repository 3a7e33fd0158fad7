-- ARGV: now, how many at most. Answers what was forgotten, in turns: its name, its sealed text.
local gone = {}
for _, member in ipairs(redis.call('ZRANGEBYSCORE', ALL, '-inf', ARGV[1], 'LIMIT', 0, ARGV[2])) do
  for _, part in ipairs(forget_attempt(member)) do table.insert(gone, part) end
end
return gone
