-- ARGV: account; a sealed try; when it ended, in milliseconds; how many are kept; for how many milliseconds; of how many accounts.
local index, keep = KEYS[1] .. ':tried', tonumber(ARGV[5])
local function tries_of(account)
  return KEYS[1] .. ':tries:' .. account
end
redis.call('LPUSH', tries_of(ARGV[1]), ARGV[2])
redis.call('LTRIM', tries_of(ARGV[1]), 0, ARGV[4] - 1)
redis.call('PEXPIRE', tries_of(ARGV[1]), keep)
redis.call('ZADD', index, ARGV[3], ARGV[1])
redis.call('PEXPIRE', index, keep)
for _, account in ipairs(redis.call('ZRANGEBYSCORE', index, '-inf', ARGV[3] - keep)) do
  redis.call('ZREM', index, account)
end
local too_many = redis.call('ZCARD', index) - ARGV[6]
if too_many > 0 then
  for _, account in ipairs(redis.call('ZRANGE', index, 0, too_many - 1)) do
    redis.call('ZREM', index, account)
    redis.call('DEL', tries_of(account))
  end
end
