-- Moves last activity, page and visibility of several viewers. Never creates or revives one, and never sweeps.
-- This is the hot path: it reads and writes for all of them at once, and decodes a record only to change it.
-- Returns the time, and for each heartbeat 1 if its session is active, 0 if not, 2 if its link has changed since the
-- caller read it: nothing is done then.

local record = KEYS[5] -- of the link
-- For each heartbeat: session; page, 0 for as before; visible, '1', '0' or '' for as before; version of the link as
-- the caller read it.
local heartbeats = { unpack(ARGV, 3) }

local version = redis.call('HGET', record, 'version') or ''
local sessions = {}
for i = 1, #heartbeats, 4 do sessions[#sessions + 1] = heartbeats[i] end

-- Entries by session: the second heartbeat of a session finds it as the first has left it.
local entries = {}
local lasts = redis.call('ZMSCORE', seen, unpack(sessions))
local records = redis.call('HMGET', active, unpack(sessions))
for i, session in ipairs(sessions) do
  local last = tonumber(lasts[i])
  if last and last >= cutoff and records[i] then entries[session] = { record = records[i], last = last } end
end

local snapshot_changed = false

-- Handles a heartbeat with the same page and visibility as before, as most have. False when it differs.
local function keep_state(entry, page, visible)
  if entry.viewer or now < entry.last then return false end
  local same_page, same_visible = string.match(entry.record, '^(%d+) %S+ %S+ ([01])')
  if (page ~= '0' and page ~= same_page) or (visible ~= '' and visible ~= same_visible) then return false end
  if same_visible == '1' then add_page_time(tonumber(same_page), now - entry.last) end
  return true
end

local function change_state(entry, page, visible)
  local viewer = entry.viewer or decode(entry.record, entry.last)
  entry.viewer = viewer
  advance(viewer, entry.last, now)
  local changed = turn_page(viewer, tonumber(page))
  if visible ~= '' and (visible == '1') ~= viewer.visible then
    viewer.visible = visible == '1'
    changed = true
  end
  -- After a clock was set back the record is written too: else reading time would shrink with last activity.
  entry.must_write = entry.must_write or changed or now < entry.last
  snapshot_changed = snapshot_changed or changed
end

local answers = {}
for i, session in ipairs(sessions) do
  local entry, page, visible = entries[session], heartbeats[4 * i - 2], heartbeats[4 * i - 1]
  if heartbeats[4 * i] ~= version then
    answers[i] = 2
  elseif entry then
    if not keep_state(entry, page, visible) then change_state(entry, page, visible) end
    entry.last = now
    entry.is_counted = true
    answers[i] = 1
  else
    answers[i] = 0
  end
end

local written, touched, now_text = {}, {}, int(now)
for session, entry in pairs(entries) do
  if entry.must_write then
    written[#written + 1] = session
    written[#written + 1] = encode(entry.viewer, now)
  end
  if entry.is_counted then
    touched[#touched + 1] = now_text
    touched[#touched + 1] = session
  end
end
if #written > 0 then redis.call('HSET', active, unpack(written)) end
if #touched > 0 then redis.call('ZADD', seen, unpack(touched)) end
write_page_times()
if snapshot_changed then announce(live) end
return { now, answers }
