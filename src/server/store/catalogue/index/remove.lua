-- Removes documents from the index.

local ids = ARGV

for _, id in ipairs(ids) do
  local entry = redis.call('HGET', names, id)
  if entry then redis.call('ZREM', by_name, entry) end
  redis.call('HDEL', names, id)
  redis.call('ZREM', by_date, id)
  redis.call('ZREM', by_view, id)
  redis.call('SREM', documents, id)
end
announce_change()
return 1
