-- Some are still there. Never creates or resurrects a viewer, and never sweeps: this is the hot path, so what
-- can be asked or written for all of them at once is, and a record is taken apart only when it has to change.
-- ARGV 3 and on, for each: session, page (0: as before), visible ('1', '0' or '': as before).
-- Returns the time, and for each 1 if the session is active.

local sessions = {}
for i = 3, #ARGV, 3 do sessions[#sessions + 1] = ARGV[i] end

-- By session: one that beats twice is found as its first beat has left it.
local found = {}
local lasts = redis.call('ZMSCORE', seen, unpack(sessions))
local records = redis.call('HMGET', active, unpack(sessions))
for i, session in ipairs(sessions) do
  local last = tonumber(lasts[i])
  if last and last >= cutoff and records[i] then found[session] = { record = records[i], last = last } end
end

local picture_changed = false

-- Still on the same page and as visible as before, which is what most beats say.
local function goes_on(one, page, visible)
  if one.viewer or now < one.last then return false end
  local same_page, same_visible = string.match(one.record, '^(%d+) %S+ %S+ ([01])')
  if (page ~= '0' and page ~= same_page) or (visible ~= '' and visible ~= same_visible) then return false end
  if same_visible == '1' then read(tonumber(same_page), now - one.last) end
  return true
end

local function changes(one, page, visible)
  local viewer = one.viewer or decode(one.record, one.last)
  one.viewer = viewer
  advance(viewer, one.last, now)
  local changed = turn(viewer, tonumber(page))
  if visible ~= '' and (visible == '1') ~= viewer.visible then
    viewer.visible = visible == '1'
    changed = true
  end
  -- What was read before a clock was set back has to be written, or it would be taken back with it.
  one.is_to_be_written = one.is_to_be_written or changed or now < one.last
  picture_changed = picture_changed or changed
end

local answers = {}
for i, session in ipairs(sessions) do
  local one, page, visible = found[session], ARGV[3 * i + 1], ARGV[3 * i + 2]
  if one then
    if not goes_on(one, page, visible) then changes(one, page, visible) end
    one.last = now
  end
  answers[i] = one and 1 or 0
end

local written, touched, stamp = {}, {}, int(now)
for session, one in pairs(found) do
  if one.is_to_be_written then
    written[#written + 1] = session
    written[#written + 1] = encode(one.viewer, now)
  end
  touched[#touched + 1] = stamp
  touched[#touched + 1] = session
end
if #written > 0 then redis.call('HSET', active, unpack(written)) end
if #touched > 0 then redis.call('ZADD', seen, unpack(touched)) end
credit()
if picture_changed then announce() end
return { now, answers }
