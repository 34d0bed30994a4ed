-- What every script knows: the time, one viewer's record, and how reading time grows.

local active, seen, pages, live = KEYS[1], KEYS[2], KEYS[3], KEYS[4]

-- Lua prints large numbers as 1.7e+12; Redis must be given all digits.
local function int(number)
  return string.format('%.0f', number)
end

-- The clock is Redis' own, so that many app servers agree; tests give a time instead.
local now = tonumber(ARGV[1])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end

-- Activity at the cutoff is still active, activity before it is not.
local cutoff = now - tonumber(ARGV[2])

-- A record is text: page, joined ms, a time in ms, visible, epoch, fingerprint, e-mail. Only the e-mail, the
-- last, may hold more than its own kind of characters. Page 0 means that none was told yet.
--
-- The time, of a viewer who is away, is what was read. Of one who is in view it is what was not read since
-- joined: then reading time grows with last activity by itself, and a heartbeat has no record to write.
local function decode(record, last)
  local page, joined, time, visible, epoch, fingerprint, email =
    string.match(record, '^(%d+) (%d+) (%-?%d+) ([01]) (%d+) (%S*) (.*)$')
  local viewer = {
    page = tonumber(page), joined = tonumber(joined), engaged = tonumber(time),
    visible = visible == '1', epoch = tonumber(epoch), fingerprint = fingerprint, email = email,
  }
  if viewer.visible then viewer.engaged = last - viewer.joined - viewer.engaged end
  return viewer
end

local function encode(viewer, last)
  local time = viewer.engaged
  if viewer.visible then time = last - viewer.joined - time end
  return table.concat({
    int(viewer.page), int(viewer.joined), int(time),
    viewer.visible and '1' or '0', int(viewer.epoch), viewer.fingerprint, viewer.email,
  }, ' ')
end

-- The viewer and its last activity; nothing when the session is not active, swept or not.
local function find(session)
  local last = tonumber(redis.call('ZSCORE', seen, session))
  if not last or last < cutoff then return nil end
  local record = redis.call('HGET', active, session)
  if not record then return nil end
  return decode(record, last), last
end

local function store(session, viewer)
  redis.call('HSET', active, session, encode(viewer, now))
  redis.call('ZADD', seen, int(now), session)
end

-- Milliseconds of reading by page, until `credit` writes them.
local read_on = {}

local function read(page, time)
  if page > 0 then read_on[page] = (read_on[page] or 0) + time end
end

-- Reading time grows only while the document is in view. A clock set back adds nothing.
local function advance(viewer, last, till)
  local spent = till - last
  if not viewer.visible or spent <= 0 then return end
  viewer.engaged = viewer.engaged + spent
  read(viewer.page, spent)
end

-- Two commands for all pages, not one for each: nothing comes between the two.
local function credit()
  local fields, spent = {}, {}
  for page, time in pairs(read_on) do
    fields[#fields + 1] = int(page) .. ':ms'
    spent[#spent + 1] = time
  end
  read_on = {}
  if #fields == 0 then return end
  local sums = {}
  for i, before in ipairs(redis.call('HMGET', pages, unpack(fields))) do
    sums[#sums + 1] = fields[i]
    sums[#sums + 1] = int(tonumber(before or 0) + spent[i])
  end
  redis.call('HSET', pages, unpack(sums))
end

-- True when the page is another than before.
local function turn(viewer, page)
  if page == 0 or page == viewer.page then return false end
  viewer.page = page
  redis.call('HINCRBY', pages, int(page) .. ':entries', 1)
  return true
end

-- Last and through pcall: a missing right on the channel must not leave half an operation behind.
local function announce()
  redis.pcall('SPUBLISH', live, '')
end
