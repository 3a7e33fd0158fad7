-- ARGV: how many rows must be missing, and their names; then in groups of four: name, expected value or '', new value or '' for none,
-- milliseconds to keep it. Writes all if every row is as expected, and returns nil; else writes nothing, and returns the values of all.
local prefix, absent = KEYS[1] .. ':limit:', tonumber(ARGV[1])
local keys = {}
for i = 2, absent + 1 do keys[#keys + 1] = prefix .. ARGV[i] end
for i = absent + 2, #ARGV, 4 do keys[#keys + 1] = prefix .. ARGV[i] end
local present = redis.call('MGET', unpack(keys))
local is_expected = true
for i = 1, absent do is_expected = is_expected and not present[i] end
for i = absent + 2, #ARGV, 4 do
  local at = absent + (i - absent - 2) / 4 + 1
  is_expected = is_expected and (present[at] or '') == ARGV[i + 1]
end
if not is_expected then return present end
for i = absent + 2, #ARGV, 4 do
  if ARGV[i + 2] == '' then
    if ARGV[i + 1] ~= '' then redis.call('DEL', prefix .. ARGV[i]) end
  elseif ARGV[i + 2] ~= ARGV[i + 1] then
    redis.call('SET', prefix .. ARGV[i], ARGV[i + 2], 'PX', ARGV[i + 3])
  end
end
return nil
