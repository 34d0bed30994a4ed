-- Notes the download of a file: in the record of its viewer, or on its own when the session is not active.
-- Returns the time; 1 when it belongs to a visit, 0 otherwise, also when the link was deleted meanwhile; and how many events
-- are to be noted.

local downloads, link_record, history, outbox, outbox_state = KEYS[5], KEYS[6], KEYS[7], KEYS[8], KEYS[9]
-- As in a viewer's record; the e-mail address with what stands behind it.
local session, traits, email = ARGV[5], ARGV[6], ARGV[7]

if not read_link(link_record, outbox, outbox_state) then return { now, { 0, 0 } } end

local viewer, last = find_viewer(session)
if viewer then
  viewer.downloaded = int(now - viewer.joined)
  redis.call('HSET', active, session, encode(viewer, last))
  tell('d', 'r', table.concat({ viewer.traits, viewer.fingerprint, viewer.referrer, viewer.email }, ' '))
  return { now, { 1, told } }
end
redis.call('XADD', downloads, '*', 'd', table.concat({ int(now), traits, email }, ' '))
redis.call('INCR', history)
tell('d', 'r', table.concat({ traits, '', '', string.match(email, '^%S*') }, ' '))
announce(live)
return { now, { 0, told } }
