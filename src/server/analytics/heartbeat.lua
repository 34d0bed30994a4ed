-- Some are still there. Never creates or resurrects a viewer, and never sweeps: this is the hot path.
-- ARGV 3 and on, for each: session, page (0: as before), visible ('1', '0' or '': as before).
-- Returns the time, and for each 1 if the session is active.

local picture_changed = false

local function beat(session, page, visible)
  local viewer, last = find(session)
  if not viewer then return 0 end

  advance(viewer, last, now)
  local changed = turn(viewer, page)
  if visible ~= '' and (visible == '1') ~= viewer.visible then
    viewer.visible = visible == '1'
    changed = true
  end
  -- What was read before a clock was set back has to be written, or it would be taken back with it.
  if changed or now < last then store(session, viewer) else touch(session) end
  picture_changed = picture_changed or changed
  return 1
end

local answers = {}
for i = 3, #ARGV, 3 do
  answers[#answers + 1] = beat(ARGV[i], tonumber(ARGV[i + 1]), ARGV[i + 2])
end
if picture_changed then announce() end
return { now, answers }
