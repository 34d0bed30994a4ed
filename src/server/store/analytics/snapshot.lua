-- Reads the numbers and viewers of a link at one time.
-- Returns the time, and a triple: eleven numbers, the last of them 0 when there is no such link; the viewers, three values
-- for each: session, record, last activity; the fields of the link's record, none where the caller does not want
-- them. Instead of the triple nil, when the keys are another day's.

local limit = tonumber(ARGV[9]) -- of listed viewers
local with_record = ARGV[10] == '1'

if is_another_day() then return { now, false } end
if not read_link(link_record, outbox, outbox_state) then return { now, { { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }, {}, {} } } end

if sweep(20) > 0 then announce(live) end

local count = count_active()
local viewers, listed = {}, {}

local function list(sessions)
  if #sessions == 0 then return end
  local lasts = redis.call('ZMSCORE', seen, unpack(sessions))
  local records = redis.call('HMGET', active, unpack(sessions))
  for i, session in ipairs(sessions) do
    local last = tonumber(lasts[i])
    if #viewers < 3 * limit and not listed[session] and last and last >= cutoff and records[i] then
      listed[session] = true
      viewers[#viewers + 1] = session
      viewers[#viewers + 1] = records[i]
      viewers[#viewers + 1] = int(last)
    end
  end
end

-- Those of the newest who are inactive but not swept yet are passed over for the next newest.
local from, sessions = 0, nil
repeat
  sessions = redis.call('ZREVRANGE', newest, from, from + limit - 1)
  list(sessions)
  from = from + limit
until #sessions < limit or #viewers >= 3 * limit
-- `newest` is bounded: once its latest have left, viewers who joined before them fill the list.
if #viewers < 3 * math.min(limit, count) then
  list(redis.call('ZREVRANGEBYSCORE', seen, '+inf', int(cutoff), 'LIMIT', 0, 2 * limit))
end

local sum, kept = 0, redis.call('LRANGE', durations, 0, -1)
for _, seconds in ipairs(kept) do sum = sum + seconds end

local function number(key)
  return tonumber(redis.call('GET', key) or 0)
end

local numbers = {
  count, number(views), number(dated[1]), number(dated[2]), number(dated[3]), number(peak), sum, #kept,
  number(filtered), number(history), 1,
}
return { now, { numbers, viewers, with_record and redis.call('HGETALL', link_record) or {} } }
