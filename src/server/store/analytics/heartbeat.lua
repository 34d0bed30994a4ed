-- Moves last activity, page and visibility of several viewers. Never creates or revives one, and never sweeps.
-- This is the hot path: it reads and writes for all of them at once, and decodes a record only to change it.
-- Returns the time, and for each heartbeat 1 if its session is active, 0 if not; for none, if the link has changed since
-- the callers read it: nothing is done then.

local record = KEYS[5] -- of the link
local idle_after, version_read = tonumber(ARGV[5]), ARGV[6] -- ms; of the link as the callers read it
-- For each heartbeat: session; page, 0 for as before; visible, '1', '0' or '' for as before; seconds since the reader
-- touched the page, or ''; what the client observed, or ''.
local heartbeats = { unpack(ARGV, 7) }

if (redis.call('HGET', record, 'version') or '') ~= version_read then return { now, {} } end
local sessions = {}
for i = 1, #heartbeats, 5 do sessions[#sessions + 1] = heartbeats[i] end

-- Entries by session: the second heartbeat of a session finds it as the first has left it.
local entries = {}
local lasts = redis.call('ZMSCORE', seen, unpack(sessions))
local records = redis.call('HMGET', active, unpack(sessions))
for i, session in ipairs(sessions) do
  local last = tonumber(lasts[i])
  if last and last >= cutoff and records[i] then entries[session] = { record = records[i], last = last } end
end

local snapshot_changed = false

-- Until when the reader of a heartbeat was reading, and whether they are away: a page in view that they have not touched
-- for long is not being read.
local function reading_until(idle)
  local idle_for = 1000 * (tonumber(idle) or 0)
  if idle_for <= idle_after then return now, false end
  return now - idle_for + idle_after, true
end

-- Handles a heartbeat with the same page and visibility as before, as most have. False when it differs.
local function keep_state(entry, page, visible)
  if entry.viewer or now < entry.last then return false end
  local same_page, same_visible = string.match(entry.record, '^b(%d+) %S+ %S+ ([01])')
  if not same_page then return false end
  if (page ~= '0' and page ~= same_page) or (visible ~= '' and visible ~= same_visible) then return false end
  if same_visible == '1' and slept_since(entry.last) then return false end
  if same_visible == '1' then add_page_time(tonumber(same_page), now - entry.last) end
  return true
end

local function change_state(entry, page, visible, till, observed)
  local viewer = entry.viewer or decode(entry.record, entry.last)
  entry.viewer = viewer
  advance(viewer, entry.last, till)
  -- Before the page is turned: the page that the reader leaves is then listed with its parts.
  if observed ~= '' and observe(viewer, observed) then entry.must_write = true end
  local changed = turn_page(viewer, tonumber(page))
  if visible ~= '' and (visible == '1') ~= viewer.visible then
    viewer.visible = visible == '1'
    changed = true
  end
  -- Reading time grows with last activity, unless the record says otherwise: after a clock was set back it would shrink.
  entry.must_write = entry.must_write or changed or now < entry.last or slept_since(entry.last)
    or viewer.is_earlier
  snapshot_changed = snapshot_changed or changed
end

local answers = {}
for i, session in ipairs(sessions) do
  local entry, page, visible, idle, observed = entries[session], unpack(heartbeats, 5 * i - 3, 5 * i)
  if entry then
    local till, is_idle = reading_until(idle)
    if is_idle then visible = '0' end
    if observed ~= '' or not keep_state(entry, page, visible) then
      change_state(entry, page, visible, till, observed)
    end
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
write_pages()
if snapshot_changed then announce(live) end
return { now, answers }
