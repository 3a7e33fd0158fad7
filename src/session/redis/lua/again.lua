-- WAIT counts from the last write of its connection, so a script that finds done what it was asked for writes something all the
-- same: what it found may be on no replica yet. After a delete a full Redis takes it.
local function again()
  local key = KEYS[1] .. ':again'
  redis.call('DEL', key)
  redis.call('SET', key, '1', 'PX', 10000)
end
