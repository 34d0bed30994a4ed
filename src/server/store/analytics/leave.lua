-- Ends a viewer's visit at once.
-- Returns the time, and 1 if a visit ended.

-- `reported` is a duration in seconds; it and the epoch may be ''.
local session, reported, epoch = ARGV[5], tonumber(ARGV[6]), tonumber(ARGV[7])

local viewer, last = find_viewer(session)
if not viewer then return { now, 0 } end

-- A reload sends a leave and then a join, which may arrive the other way round. The leave is then the old page's.
if epoch and epoch < viewer.epoch then return { now, 0 } end

end_visit(session, viewer, last, now, reported)
announce(live)
return { now, 1 }
