-- Ends a session. Returns done; none, when there was none.

local session = KEYS[3]

if redis.call('DEL', session) == 0 then return 'none' end
announce(changed)
return 'done'
