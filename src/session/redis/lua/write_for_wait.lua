-- WAIT counts from the last write of its connection. So a script whose work turns out to be done already has to write something all
-- the same: the earlier write may not have reached a replica yet. Redis accepts a SET after a DEL even when its memory is full.
local function write_for_wait()
  local key = KEYS[1] .. ':again'
  redis.call('DEL', key)
  redis.call('SET', key, '1', 'PX', 10000)
end
