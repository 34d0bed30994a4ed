-- One page of the list. Returns how many documents there are on all pages, the version, and of the documents on
-- this page ids, entries in by_name and last views. The first is -1 when the index does not have all documents.

local sort, descending, search = ARGV[1], ARGV[2] == 'desc', ARGV[5]
local offset, count = tonumber(ARGV[3]), tonumber(ARGV[4])

if redis.call('SCARD', documents) ~= redis.call('HLEN', names) then return { -1, 0, {}, {}, {} } end

local function id_of(entry)
  return string.match(entry, '[^\n]*$')
end

-- Documents whose title contains `search`, by name.
local function found()
  local ids = {}
  for _, entry in ipairs(redis.call('ZRANGE', by_name, 0, -1)) do
    local at = string.find(entry, search, 1, true)
    if at and at + #search <= string.find(entry, '\n', 1, true) then ids[#ids + 1] = id_of(entry) end
  end
  return ids
end

-- Sorts documents as the sorted set of `index` does: by score, then by id.
local function sort_by(index, ids)
  local scores = {}
  for first = 1, #ids, 1000 do
    local some = { unpack(ids, first, math.min(first + 999, #ids)) }
    for i, score in ipairs(redis.call('ZMSCORE', index, unpack(some))) do
      scores[some[i]] = tonumber(score) or 0
    end
  end
  table.sort(ids, function(a, b)
    if scores[a] ~= scores[b] then return scores[a] < scores[b] end
    return a < b
  end)
end

local index = ({ name = by_name, date = by_date, viewed = by_view })[sort]
local total, ids

if search == '' then
  total = redis.call('HLEN', names)
  ids = redis.call(descending and 'ZREVRANGE' or 'ZRANGE', index, offset, offset + count - 1)
  if sort == 'name' then
    for i, entry in ipairs(ids) do ids[i] = id_of(entry) end
  end
else
  local all = found()
  if sort ~= 'name' then sort_by(index, all) end
  total, ids = #all, {}
  for i = offset + 1, math.min(offset + count, total) do
    ids[#ids + 1] = all[descending and total + 1 - i or i]
  end
end

local entries, views = {}, {}
if #ids > 0 then
  entries = redis.call('HMGET', names, unpack(ids))
  views = redis.call('ZMSCORE', by_view, unpack(ids))
end
return { total, tonumber(redis.call('GET', version) or 0), ids, entries, views }
