-- Ends a session. Returns done; none, when there was none.

local session = KEYS[3]

local stored = redis.call('GET', session)
if not stored then return 'none' end
redis.call('DEL', session)
announce(changed, string.match(stored, '^[^ ]*'))
return 'done'
