-- Shared by the scripts that erase entries of a stream. A stream keeps the bytes of a deleted entry until all of its node is
-- deleted, so it is written anew.

local function last_id(stream)
  local facts = redis.call('XINFO', 'STREAM', stream)
  for i = 1, #facts, 2 do
    if facts[i] == 'last-generated-id' then return facts[i + 1] end
  end
end

-- Writes a stream without the entries whose ids are in a set. Returns how many these were.
local function rewrite_stream(stream, erased)
  if redis.call('EXISTS', stream) == 0 then return 0 end
  local count, last = 0, last_id(stream)
  local entries = redis.call('XRANGE', stream, '-', '+')
  redis.call('DEL', stream)
  for _, entry in ipairs(entries) do
    if erased[entry[1]] then
      count = count + 1
    else
      redis.call('XADD', stream, entry[1], unpack(entry[2]))
    end
  end
  -- The next id is greater than all before it, also those that were erased or sealed.
  if count == #entries then redis.call('XDEL', stream, redis.call('XADD', stream, last, 'v', '')) end
  redis.call('XSETID', stream, last)
  return count
end
