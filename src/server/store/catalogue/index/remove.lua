-- Removes documents from the index, but for those that were created less than `min_age` ms ago. Returns 1 when it
-- changed.

local min_age = tonumber(ARGV[1])
local ids = { unpack(ARGV, 2) }

local any = false
for _, id in ipairs(ids) do
  local created = redis.call('ZSCORE', by_date, id)
  if min_age == 0 or not created or unix_ms() - created >= min_age then
    local entry = redis.call('HGET', names, id)
    if entry then redis.call('ZREM', by_name, entry) end
    redis.call('HDEL', names, id)
    redis.call('ZREM', by_date, id)
    redis.call('ZREM', by_view, id)
    redis.call('SREM', documents, id)
    any = true
  end
end
if any then announce_change() end
return any and 1 or 0
