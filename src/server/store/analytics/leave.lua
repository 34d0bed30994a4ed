-- Somebody closed the document.
-- ARGV 5..8: session, the client's own duration in seconds or '', epoch or '', '1' to believe that duration.
-- Returns the time, and 1 if a visit ended.

local session, reported, epoch, is_believed = ARGV[5], tonumber(ARGV[6]), tonumber(ARGV[7]), ARGV[8] == '1'

local viewer, last = find(session)
if not viewer then return { now, 0 } end

-- A reload's leave that arrives after the new page's join belongs to a page that is gone already.
if epoch and epoch < viewer.epoch then return { now, 0 } end

-- A claim: a visit cannot have lasted longer than since its join, in seconds rounded up as a client may round.
if reported and not is_believed then
  reported = math.min(reported, math.max(0, math.ceil((now - viewer.joined) / 1000)))
end

finish(session, viewer, last, now, reported)
announce()
return { now, 1 }
