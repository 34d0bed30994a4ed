-- One consistent picture of a link. ARGV[7]: the most viewers to list.
-- Returns the time, and a pair: nine numbers, and the viewers, flat: session, record, last activity; nil for
-- the pair when the keys are of another day.

if another_day() then return { now, false } end

if sweep(20) > 0 then announce() end

local limit = tonumber(ARGV[7])
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

-- Where the newest stopped beating and are not swept yet, the next newest stand in for them.
local from, sessions = 0, nil
repeat
  sessions = redis.call('ZREVRANGE', newest, from, from + limit - 1)
  list(sessions)
  from = from + limit
until #sessions < limit or #viewers >= 3 * limit
-- `newest` is bounded: when many have come and the last of them have gone, older viewers fill the list.
if #viewers < 3 * math.min(limit, count) then
  list(redis.call('ZREVRANGEBYSCORE', seen, '+inf', int(cutoff), 'LIMIT', 0, 2 * limit))
end

local sum, durations = 0, redis.call('LRANGE', duration, 0, -1)
for _, seconds in ipairs(durations) do sum = sum + seconds end

local function number(key)
  return tonumber(redis.call('GET', key) or 0)
end

local numbers = {
  count, number(views), number(dated[1]), number(dated[2]), number(dated[3]), number(peak), sum, #durations,
  number(filtered),
}
return { now, { numbers, viewers } }
