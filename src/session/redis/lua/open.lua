-- ARGV: visit, tab, now, tabs at most; the attempt; the limits; rows to write with it. Returns false if the visit has this tab already, else
-- the attempts that were forgotten, alternately name and sealed text, and what came of the rows.
local visit, tab, at = ARGV[1], ARGV[2], ARGV[3]
local attempt, key, gone = attempt_from(5), p .. ':visit:' .. visit, {}
local member = visit .. '.' .. tab
local fields, present = redis.call('HGETALL', key), false
for i = 1, #fields, 2 do
  if fields[i] == 'a' .. tab then present = fields[i + 1] end
end
-- Sent again because the first answer was lost.
if present == attempt.sealed then return {redis.call('LRANGE', handed_out_key(member), 0, -1), write_rows(14, true)} end
if present then return false end

local function forget(name)
  for _, part in ipairs(forget_attempt(name, member)) do table.insert(gone, part) end
end

-- Opening a page must not end an attempt that a customer is signing in with while there is one that has ended, or an idle one.
local function is_before(one, other)
  if one.has_ended ~= other.has_ended then return one.has_ended end
  if one.is_under_way ~= other.is_under_way then return other.is_under_way end
  return one.order < other.order
end

local limits = limits_from(10)
local first, tabs = nil, 0
for i = 1, #fields, 2 do
  if string.sub(fields[i], 1, 1) == 'o' then
    tabs = tabs + 1
    local name = visit .. '.' .. string.sub(fields[i], 2)
    local is_under_way = redis.call('ZSCORE', UNDER_WAY, name) ~= false
    local has_ended = tonumber(redis.call('ZSCORE', ALL, name) or 0) < tonumber(limits.ended_before)
    local one = {name = name, order = tonumber(fields[i + 1]), is_under_way = is_under_way, has_ended = has_ended}
    if not first or is_before(one, first) then first = one end
  end
end
if first and tabs >= tonumber(ARGV[4]) then forget(first.name) end
put_new_attempt(visit, tab, at, attempt)
for _, part in ipairs(make_room(limits, member)) do table.insert(gone, part) end
return {gone, write_rows(14, false)}
