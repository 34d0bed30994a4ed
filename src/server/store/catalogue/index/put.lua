-- Puts documents into the index. Returns 1 when it changed.

local keep_existing = ARGV[1] == 'new' -- leaves entries as they are that exist
local entries = { unpack(ARGV, 2) }    -- id, creation in ms, folded title, id, …

local any = false
for i = 1, #entries, 3 do
  local id, created, entry = entries[i], entries[i + 1], entries[i + 2] .. '\n' .. entries[i]
  local before = redis.call('HGET', names, id)
  if not (before and keep_existing) then
    if before and before ~= entry then redis.call('ZREM', by_name, before) end
    redis.call('SADD', documents, id)
    redis.call('ZADD', by_date, created, id)
    redis.call('ZADD', by_view, 'NX', 0, id)
    redis.call('ZADD', by_name, 0, entry)
    redis.call('HSET', names, id, entry)
    any = true
  end
end
if any then announce_change() end
return any and 1 or 0
