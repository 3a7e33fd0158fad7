-- Shared by the scripts that write rows in which limits count. From ARGV[first] to the last one: how many rows must be missing; how many
-- others there are; the keys of all; then for each of the others: expected value or '', new value or '' for none, milliseconds to keep it.
-- Writes all if every row is as expected, and returns false; else writes nothing, and returns the values of all. `is_again`: perhaps they
-- are written already.
local function write_rows(first, is_again)
  local absent, others = tonumber(ARGV[first]), tonumber(ARGV[first + 1])
  if absent + others == 0 then return false end
  local key_of, values = first + 1 + absent, first + 2 + absent + others
  local present = redis.call('MGET', unpack(ARGV, first + 2, values - 1))
  -- Whether each row is as its argument in this place says.
  local function are(place)
    for i = 1, absent do
      if present[i] then return false end
    end
    for i = 1, others do
      if (present[absent + i] or '') ~= ARGV[values + 3 * (i - 1) + place] then return false end
    end
    return true
  end
  if is_again and are(1) then return false end
  if not are(0) then return present end
  local gone = {}
  for i = 1, others do
    local value = values + 3 * (i - 1)
    if ARGV[value + 1] == '' then
      gone[#gone + 1] = ARGV[key_of + i]
    elseif ARGV[value + 1] ~= ARGV[value] then
      redis.call('SET', ARGV[key_of + i], ARGV[value + 1], 'PX', ARGV[value + 2])
    end
  end
  if gone[1] then redis.call('DEL', unpack(gone)) end
  return false
end
