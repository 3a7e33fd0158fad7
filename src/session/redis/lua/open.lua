-- ARGV: visit, tab, now, tabs at most; the attempt; the room. Answers what had to make room, in turns: its name, its sealed text.
local visit, tab, at = ARGV[1], ARGV[2], tonumber(ARGV[3])
local attempt, key, gone = attempt_from(5), p .. ':visit:' .. visit, {}
local member = visit .. '.' .. tab
if redis.call('HGET', key, 'a' .. tab) == attempt.sealed then return redis.call('LRANGE', handed_out_key(member), 0, -1) end

local function give_way(first)
  for _, part in ipairs(forget_attempt(first, member)) do table.insert(gone, part) end
end

local oldest, oldest_order, tabs = nil, nil, 0
local fields = redis.call('HGETALL', key)
for i = 1, #fields, 2 do
  if string.sub(fields[i], 1, 1) == 'o' then
    tabs = tabs + 1
    local order = tonumber(fields[i + 1])
    if not oldest_order or order < oldest_order then
      oldest, oldest_order = string.sub(fields[i], 2), order
    end
  end
end
if tabs >= tonumber(ARGV[4]) then give_way(visit .. '.' .. oldest) end
redis.call('HSET', key, 'o' .. tab, redis.call('HINCRBY', key, 'n', 1))
put_attempt(visit, tab, 0, at, attempt)
for _, part in ipairs(make_room(room_from(10), member)) do table.insert(gone, part) end
return gone
