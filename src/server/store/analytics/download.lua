-- Notes the download of a file: in the record of its viewer, or on its own when the session is not active.
-- Returns the time, and 1 when it belongs to a visit; 0 otherwise, also when the link was deleted meanwhile.

local downloads, link_record, history = KEYS[5], KEYS[6], KEYS[7]
-- As in a viewer's record.
local session, traits, email = ARGV[5], ARGV[6], ARGV[7]

if redis.call('EXISTS', link_record) == 0 then return { now, 0 } end

local viewer, last = find_viewer(session)
if viewer then
  viewer.downloaded = int(now - viewer.joined)
  redis.call('HSET', active, session, encode(viewer, last))
  return { now, 1 }
end
redis.call('XADD', downloads, '*', 'd', table.concat({ int(now), traits, email }, ' '))
redis.call('INCR', history)
announce(live)
return { now, 0 }
