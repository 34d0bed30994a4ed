-- Erases entries of a link: visits, downloads and what resuming would go on with. Returns how many there were.
--
-- A stream keeps the bytes of a deleted entry until all of its node is deleted: also those of one that was sealed before.
-- So both streams are written anew.

local visits, downloads, archived, gone, gone_records = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local generation, history, live = KEYS[6], KEYS[7], KEYS[8]
-- From the third on: ids in the visits, then ids in the downloads, then the latter as the owner's pages have them.
local of_visits, of_downloads, arguments = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV

local function ids(from, count)
  local set = {}
  for i = from, from + count - 1 do set[arguments[i]] = true end
  return set
end

local function last_id(stream)
  local facts = redis.call('XINFO', 'STREAM', stream)
  for i = 1, #facts, 2 do
    if facts[i] == 'last-generated-id' then return facts[i + 1] end
  end
end

local function rewrite(stream, erased)
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

local visit_ids = ids(3, of_visits)
local count = rewrite(visits, visit_ids) + rewrite(downloads, ids(3 + of_visits, of_downloads))
for id in pairs(visit_ids) do redis.call('SREM', archived, id) end
for i = 3 + of_visits + of_downloads, #arguments do redis.call('SREM', archived, arguments[i]) end

local records = redis.call('HGETALL', gone_records)
for i = 1, #records, 2 do
  if visit_ids[string.match(records[i + 1], '^%S+')] then
    redis.call('HDEL', gone_records, records[i])
    redis.call('ZREM', gone, records[i])
  end
end
if count > 0 then
  redis.call('INCR', generation)
  redis.call('INCR', history)
  announce(live)
end
return count
