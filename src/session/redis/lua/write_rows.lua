-- ARGV, in groups of four: name, expected value or '', new value or '' for none, milliseconds to keep it. Writes all or nothing; returns
-- 1 if all values were as expected.
local p = KEYS[1]
for i = 1, #ARGV, 4 do
  if (redis.call('GET', p .. ':limit:' .. ARGV[i]) or '') ~= ARGV[i + 1] then return 0 end
end
for i = 1, #ARGV, 4 do
  local key = p .. ':limit:' .. ARGV[i]
  if ARGV[i + 2] == '' then
    redis.call('DEL', key)
  else
    redis.call('SET', key, ARGV[i + 2], 'PX', ARGV[i + 3])
  end
end
return 1
