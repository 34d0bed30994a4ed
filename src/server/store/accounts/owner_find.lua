-- Finds an owner by e-mail address. KEYS 3: e-mails; ARGV 1: the address in small letters.
-- Returns id and record; nil when there is none.

local id = redis.call('HGET', KEYS[3], ARGV[1])
if not id then return nil end
return { id, redis.call('HGET', owners, id) or '' }
