-- Somebody closed the document.
-- ARGV 5..7: session, the client's own duration in seconds or '', epoch or ''.
-- Returns the time, and 1 if a visit ended.

local session, reported, epoch = ARGV[5], tonumber(ARGV[6]), tonumber(ARGV[7])

local viewer, last = find(session)
if not viewer then return { now, 0 } end

-- A reload's leave that arrives after the new page's join belongs to a page that is gone already.
if epoch and epoch < viewer.epoch then return { now, 0 } end

finish(session, viewer, last, now, reported)
announce()
return { now, 1 }
