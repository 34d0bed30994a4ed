-- Tells that a link's gate has refused a visitor after too many wrong passwords: once, until no visitor was for a while.
-- Returns the time, and how many events are to be noted.

local link_record, outbox, outbox_state = KEYS[5], KEYS[6], KEYS[7]
local pause = tonumber(ARGV[5]) -- ms

if not read_link(link_record, outbox, outbox_state) or not wants('g') then return { now, 0 } end
local locked = tonumber(redis.call('HGET', outbox_state, 'locked'))
redis.call('HSET', outbox_state, 'locked', int(now))
if locked and now - locked < pause then return { now, 0 } end
tell('g')
return { now, told }
