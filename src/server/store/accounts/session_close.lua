-- Ends a session. KEYS 3: the session. Returns done; or none, when there was none.

if redis.call('DEL', KEYS[3]) == 0 then return 'none' end
announce()
return 'done'
