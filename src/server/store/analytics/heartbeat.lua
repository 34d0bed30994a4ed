-- Moves last activity, page and visibility of several viewers. Never creates or revives one, and never sweeps.
-- This is the hot path: it reads and writes for all of them at once, and decodes a record only to change it.
-- Returns the time, and the places of those heartbeats whose session is not active, counted from 1; nil instead of them if
-- the link has changed since the callers read it: nothing is done then.

local record = KEYS[5] -- of the link
local version_read = ARGV[5] -- of the link, as the callers read it
-- Sessions, each of them once, then a report of each: page, 0 for as before; visible, '1', '0' or '' for as before. Behind
-- these two, where there is more to say, the ms for which a page in view has not been read; and what the client observed.
local arguments, count, reports = ARGV, (#ARGV - 5) / 2, 5 + (#ARGV - 5) / 2

local call, match = redis.call, string.match
if (call('HGET', record, 'version') or '') ~= version_read then return { now, false } end

local lasts = call('ZMSCORE', seen, unpack(arguments, 6, reports))
local records = call('HMGET', active, unpack(arguments, 6, reports))
local written, is_turned = {}, false

local function change(session, viewer, last, report)
  local page, visible, away_for, observed = match(report, '^(%d+) ([01]?) ?(%d*) ?(.*)$')
  away_for = tonumber(away_for) or 0
  advance(viewer, last, now - away_for)
  -- Before the page is turned: the page that the reader leaves is then listed with its parts.
  local must_write = observed ~= '' and observe(viewer, observed)
  local is_changed = turn_page(viewer, tonumber(page))
  if away_for > 0 then visible = '0' end
  if visible ~= '' and (visible == '1') ~= viewer.visible then
    viewer.visible = visible == '1'
    is_changed = true
  end
  -- Reading time grows with last activity, unless the record says otherwise: after a clock was set back it would shrink.
  if must_write or is_changed or now < last or slept_since(last) or viewer.is_earlier then
    written[#written + 1] = session
    written[#written + 1] = encode(viewer, now)
  end
  is_turned = is_turned or is_changed
end

-- The times and members of ZADD. As many places as are needed at most: a table that grows is copied.
local touched, places, inactive = { unpack(arguments, 6) }, 0, {}
for i = 1, count do
  local session, last, viewer = arguments[5 + i], tonumber(lasts[i]), records[i]
  if last and last >= cutoff and viewer then
    local page, visible = match(viewer, '^b(%d+) %S+ %S+ ([01])')
    local report, spent = arguments[reports + i], now - last
    local is_same = page
      and (report == page .. ' ' .. visible or report == page .. ' ' or report == '0 ')
    if is_same and spent >= 0 and (visible == '0' or not slept_since(last)) then
      -- As most are.
      if visible == '1' then add_page_time(page, spent) end
    else
      change(session, decode(viewer, last), last, report)
    end
    touched[places + 1], touched[places + 2] = now_text, session
    places = places + 2
  else
    inactive[#inactive + 1] = i
  end
end

if #written > 0 then call('HSET', active, unpack(written)) end
if places > 0 then call('ZADD', seen, unpack(touched, 1, places)) end
write_pages()
if is_turned then announce(live) end
return { now, inactive }
