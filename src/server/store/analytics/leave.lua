-- Ends a viewer's visit at once.
-- Returns the time; 1 if a visit ended, how many events are to be noted, and when the link has more to tell (ms; 0: not).

-- `reported` is a duration in seconds; it and the epoch may be ''. `trusted` is '1' or ''. `observed` is as in a heartbeat.
local session, reported, epoch, trusted, observed = ARGV[7], tonumber(ARGV[8]), tonumber(ARGV[9]), ARGV[10], ARGV[11]

local viewer, last = find_viewer(session)
if not viewer then return { now, { 0, 0, 0 } } end

-- A reload sends a leave and then a join, which may arrive the other way round. The leave is then the old page's.
if epoch and epoch < viewer.epoch then return { now, { 0, 0, 0 } } end

-- A client's claim counts up to the time since the join, in seconds rounded up as the client may have rounded.
if reported and trusted ~= '1' then
  reported = math.min(reported, math.max(0, math.ceil((now - viewer.joined) / 1000)))
end

read_link(link_record, outbox, outbox_state)
observe(viewer, observed)
end_visit(session, viewer, last, now, reported)
note_busy()
announce(live)
return { now, { 1, told, tells_next() } }
