-- ARGV: visit, tab, now, tabs at most; the attempt; the room. Answers what had to make room, in turns: its name, its sealed text.
local visit, tab, at = ARGV[1], ARGV[2], tonumber(ARGV[3])
local attempt, key, gone = attempt_from(5), p .. ':visit:' .. visit, {}
local member = visit .. '.' .. tab
if redis.call('HGET', key, 'a' .. tab) == attempt.sealed then return redis.call('LRANGE', handed_out_key(member), 0, -1) end

local function give_way(first)
  for _, part in ipairs(forget_attempt(first, member)) do table.insert(gone, part) end
end

-- A page that was only opened ends nothing that somebody is signing in with, as long as there is another.
local function is_before(one, other)
  if one.is_under_way ~= other.is_under_way then return other.is_under_way end
  return one.order < other.order
end

local first, tabs = nil, 0
local fields = redis.call('HGETALL', key)
for i = 1, #fields, 2 do
  if string.sub(fields[i], 1, 1) == 'o' then
    tabs = tabs + 1
    local name = visit .. '.' .. string.sub(fields[i], 2)
    local is_under_way = redis.call('ZSCORE', UNDER_WAY, name) ~= false
    local one = {name = name, order = tonumber(fields[i + 1]), is_under_way = is_under_way}
    if not first or is_before(one, first) then first = one end
  end
end
if first and tabs >= tonumber(ARGV[4]) then give_way(first.name) end
redis.call('HSET', key, 'o' .. tab, redis.call('HINCRBY', key, 'n', 1))
put_attempt(visit, tab, 0, at, attempt)
for _, part in ipairs(make_room(room_from(10), member)) do table.insert(gone, part) end
return gone
