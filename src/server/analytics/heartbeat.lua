-- Somebody is still there. Never creates or resurrects a viewer, and never sweeps: this is the hot path.
-- ARGV 3..5: session, page (0: as before), visible ('1', '0' or '': as before).
-- Returns the time, and 1 if the session is active.

local session, page, visible = ARGV[3], tonumber(ARGV[4]), ARGV[5]

local viewer, last = find(session)
if not viewer then return { now, 0 } end

advance(viewer, last, now)
local changed = turn(viewer, page)
if visible ~= '' and (visible == '1') ~= viewer.visible then
  viewer.visible = visible == '1'
  changed = true
end
-- What was read before a clock was set back has to be written, or it would be taken back with it.
if changed or now < last then store(session, viewer) else touch(session) end
if changed then announce() end
return { now, 1 }
