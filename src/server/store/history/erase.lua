-- Erases entries of a link: visits, downloads and what resuming would go on with. Returns how many there were.
--
-- Both streams are written anew, so that no byte is left of one that was sealed before either.

local visits, downloads, archived, gone, gone_records = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local generation, history, live = KEYS[6], KEYS[7], KEYS[8]
-- From the third on: ids in the visits, then ids in the downloads, then the latter as the owner's pages have them.
local of_visits, of_downloads, arguments = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV

local function ids(from, count)
  local set = {}
  for i = from, from + count - 1 do set[arguments[i]] = true end
  return set
end

local visit_ids = ids(3, of_visits)
local count = rewrite_stream(visits, visit_ids) + rewrite_stream(downloads, ids(3 + of_visits, of_downloads))
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
